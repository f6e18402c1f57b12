/// A password in the form that is hashed: composed (Unicode's NFC), so that the same letters are the same password
/// whatever a keyboard sends. Nothing else is folded. Its description never shows it. Whether a user may choose it is
/// `PasswordPolicy`'s question.
public struct Password: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
  public let text: String

  public init(_ text: String) { self.text = text.composed }

  /// Whether the text was in composed form already, to the byte: strings that differ only in their form are equal.
  public func isSpelled(as text: String) -> Bool { self.text.utf8.elementsEqual(text.utf8) }

  public var description: String { "(password)" }
  public var debugDescription: String { "(password)" }
}
