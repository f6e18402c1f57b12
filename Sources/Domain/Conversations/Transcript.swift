/// The lines of a conversation, in order.
public struct Transcript: Sendable, Equatable {
  public enum Role: String, Sendable { case user, agent }

  public struct Line: Sendable, Equatable {
    public let role: Role
    public let text: String
    public init(role: Role, text: String) {
      self.role = role
      self.text = text
    }
  }

  public let lines: [Line]

  /// Omits lines without words.
  public init(lines: [Line]) { self.lines = lines.filter { !$0.text.isEmpty } }

  /// Whether the user said anything. A plan from the agent's words alone would be invented.
  public var isConversation: Bool { lines.contains { $0.role == .user } }
}
