/// The version of the text about recording and AI that a user consents to: 1 to 40 letters, digits, dots, hyphens and
/// underscores.
public struct ConsentVersion: Hashable, Sendable, CustomStringConvertible {
  public static let longest = 40

  public let text: String

  public init?(_ text: String) {
    guard (1...Self.longest).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed) else { return nil }
    self.text = text
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
    default: false
    }
  }

  public var description: String { text }
}
