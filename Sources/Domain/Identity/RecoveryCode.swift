/// A code that answers once in place of an authenticator app which is lost: 80 random bits as 16 characters of
/// Crockford's Base32. So many bits cannot be tried out, not even against the stored hash.
public struct RecoveryCode: Hashable, Sendable, CustomStringConvertible {
  /// How many an account gets.
  public static let count = 10
  /// In bytes.
  public static let length = 10
  private static let characters = 16

  /// In lower case, without hyphens.
  public let text: String

  /// Nil for another number of bytes.
  public init?(bytes: [UInt8]) {
    guard bytes.count == Self.length else { return nil }
    text = Base32.crockford.encode(bytes)
  }

  /// Reads a code as it is typed: in any case, with or without hyphens and spaces, and with the letters that look like
  /// a digit. Nil for a text that is no code.
  public init?(typed: String) {
    guard typed.utf8.count <= 4 * Self.characters else { return nil }
    let read = typed.lowercased().filter { $0 != "-" && $0 != " " }.map { character -> Character in
      switch character {
      case "o": "0"
      case "i", "l": "1"
      default: character
      }
    }
    text = String(read)
    guard text.utf8.count == Self.characters, Base32.crockford.decode(text) != nil else { return nil }
  }

  /// In groups of four, as it is shown to its owner once.
  public var shown: String {
    var parts: [Substring] = []
    var rest = text[...]
    while !rest.isEmpty {
      parts.append(rest.prefix(4))
      rest = rest.dropFirst(4)
    }
    return parts.joined(separator: "-")
  }

  public var description: String { "(recovery code)" }
}
