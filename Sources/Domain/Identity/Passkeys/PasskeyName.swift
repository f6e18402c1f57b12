/// The name that a user gives a passkey: 1 to 100 Unicode code points on one line.
public struct PasskeyName: Hashable, Sendable, CustomStringConvertible {
  /// The most code points.
  public static let longest = 100
  /// For a passkey that its user gave no name.
  public static let usual = PasskeyName(known: "Passkey")
  public let text: String

  /// Nil for a blank text, for one that is too long, and for one with a line break, a control character, or a character
  /// that turns the text around it.
  public init?(_ text: String) {
    guard text.unicodeScalars.count <= Self.longest, !text.isBlank, text.unicodeScalars.allSatisfy(\.isPrintable)
    else { return nil }
    self.text = text
  }

  private init(known text: String) { self.text = text }

  public var description: String { text }
}
