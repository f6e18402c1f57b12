/// A password that a user may choose: 8 to 256 Unicode code points of any kind (NIST SP 800-63B asks for length and no
/// composition rules). Its description never shows it.
public struct Password: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
  public static let length = 8...256
  /// The longest password in UTF-8; a code point takes at most four bytes.
  public static let maximumBytes = 4 * 256
  public let text: String

  public init?(_ text: String) {
    guard Password.length.contains(text.unicodeScalars.count), !text.utf8.contains(0) else { return nil }
    self.text = text
  }

  /// A password that matched its hash. It may be shorter than 8 code points, because another system may have accepted
  /// it. Nil for a text that is too long to be compared in full.
  public init?(proven text: String) {
    guard text.utf8.count <= Password.maximumBytes else { return nil }
    self.text = text
  }

  public var description: String { "(password)" }
  public var debugDescription: String { "(password)" }
}
