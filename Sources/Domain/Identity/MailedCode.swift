/// The code in a mail beside its link: eight digits that a person types on the device where they began.
public struct MailedCode: Sendable, Equatable, CustomStringConvertible {
  public static let digits = 8
  /// How many codes are compared with the one of a link. Beyond that only the link itself helps, or a new mail.
  public static let mostTries = 5
  /// How many codes are compared with those that were mailed to one address for one purpose within a day. Beyond that
  /// only links help, whatever mails follow.
  public static let mostComparisonsADay = 30
  /// There are so many codes.
  public static let count: UInt64 = 100_000_000

  public let text: String

  /// - Parameter number: any; only its last eight digits count.
  public init(_ number: UInt64) {
    let digits = String(number % Self.count)
    text = String(repeating: "0", count: Self.digits - digits.utf8.count) + digits
  }

  /// Reads a code as it is typed, with or without spaces and hyphens. Nil for a text that is no code.
  public init?(typed: String) {
    guard typed.utf8.count <= 4 * Self.digits else { return nil }
    text = typed.filter { $0 != " " && $0 != "-" }
    guard text.utf8.count == Self.digits, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
  }

  /// In two groups, as a mail shows it.
  public var shown: String { "\(text.prefix(4)) \(text.suffix(4))" }

  /// Compares in constant time.
  public func matches(_ other: MailedCode) -> Bool {
    zip(text.utf8, other.text.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  public var description: String { "(mailed code)" }
}
