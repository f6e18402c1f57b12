/// The name that a user gives a passkey: 1 to 100 Unicode code points on one line.
public struct PasskeyName: Hashable, Sendable, CustomStringConvertible {
  /// The most code points.
  public static let longest = 100
  /// For a passkey that its user gave no name.
  public static let usual = PasskeyName(known: "Passkey")
  public let text: String

  /// Nil for an empty text, for one that is too long, and for one with a line break or a control character.
  public init?(_ text: String) {
    guard (1...Self.longest).contains(text.unicodeScalars.count), !text.unicodeScalars.contains(where: \.isBreak)
    else { return nil }
    self.text = text
  }

  private init(known text: String) { self.text = text }

  public var description: String { text }
}
