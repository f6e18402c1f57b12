/// What a user may choose: 8 to 256 Unicode code points, of any kind (NIST SP 800-63B asks for length and no composition
/// rules). It never prints itself.
public struct Password: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
  public static let length = 8...256
  /// In UTF-8; no code point takes more than four.
  public static let maximumBytes = 4 * 256
  public let text: String

  public init?(_ text: String) {
    guard Password.length.contains(text.unicodeScalars.count), !text.utf8.contains(0) else { return nil }
    self.text = text
  }

  /// One that was found right against its hash: another system may have taken a shorter one. Nil for one that is too long
  /// to be compared whole.
  public init?(proven text: String) {
    guard text.utf8.count <= Password.maximumBytes else { return nil }
    self.text = text
  }

  public var description: String { "(password)" }
  public var debugDescription: String { "(password)" }
}
