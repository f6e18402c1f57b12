import Domain

/// The name by which an operator's actions are recorded: a user id, or `cli:` and the name of the user at the shell.
public struct OperatorName: Sendable, Equatable {
  public let text: String

  private static let shell = "cli:"
  private static let longest = 200

  /// Nil for a text that is no such name.
  public init?(_ text: String) {
    if let user = UserID(text) {
      self.text = user.description
      return
    }
    guard text.hasPrefix(Self.shell), text.utf8.count <= Self.longest else { return nil }
    guard text.utf8.allSatisfy({ 0x20 < $0 && $0 < 0x7F }) else { return nil }
    self.text = text
  }
}
