/// The name that a user is addressed by: 1 to 200 Unicode code points on one line, some of which can be seen. It is the
/// same rule for every way in, and the database counts in the same way.
public struct DisplayName: Hashable, Sendable, CustomStringConvertible {
  /// The most code points.
  public static let longest = 200
  public let text: String

  /// Nil for a blank text, for one that is too long, and for one with a line break, a control character, or a character
  /// that turns the text around it.
  public init?(_ text: String) {
    guard text.unicodeScalars.count <= Self.longest, !text.isBlank, text.unicodeScalars.allSatisfy(\.isPrintable)
    else { return nil }
    self.text = text
  }

  /// A name that another system accepted, made to fit: on one line, and cut after a whole character. Nil if nothing is
  /// left.
  public init?(fitting text: String) {
    var kept = ""
    var count = 0
    for character in text.singleLine(upTo: .max) {
      count += character.unicodeScalars.count
      if count > Self.longest { break }
      kept.append(character)
    }
    while kept.last == " " { kept.removeLast() }
    guard !kept.isBlank else { return nil }
    self.text = kept
  }

  public var description: String { text }
}
