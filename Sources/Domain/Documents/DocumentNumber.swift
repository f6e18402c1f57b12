/// The kinds of tax document. Each is a series with its own numbers (CGST Rules 2017, rule 46(b) and rule 53(1A)(c)). A
/// debit note reverses a credit note whose refund the bank has returned (CGST Act 2017, s. 34(3)).
public enum DocumentKind: String, Sendable, CaseIterable, Codable {
  case receipt
  case creditNote = "credit_note"
  case debitNote = "debit_note"
}

/// The prefix of a series' numbers: one to four capital letters, digits or hyphens. The first is neither a hyphen nor a
/// zero, which the e-invoice portal refuses. The rules would allow a slash, but a slash cannot be part of a document's
/// address.
public struct DocumentPrefix: Hashable, Sendable, CustomStringConvertible {
  public let text: String

  /// Lower-case letters become capitals: the portals treat `tt` and `TT` as one series.
  public init?(_ text: String) {
    guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ $0 != 0x2F && DocumentNumber.allows($0) }),
      let first = text.utf8.first, first != 0x2D, first != 0x30
    else { return nil }
    self.text = text.uppercased()
  }

  private init(known text: String) { self.text = text }

  public static let receipt = DocumentPrefix(known: "TT")
  public static let creditNote = DocumentPrefix(known: "CN")
  public static let debitNote = DocumentPrefix(known: "DN")

  public var description: String { text }
}

/// The number of a receipt, a credit note or a debit note, such as `TT2627-0000001`: consecutive in its series and unique in its
/// financial year, at most 16 characters, all letters, digits, `-` or `/` (CGST Rules 2017, rule 46(b)).
public struct DocumentNumber: Hashable, Sendable, CustomStringConvertible, Codable {
  public let text: String

  /// Nil if the number would be longer than the rules allow: above 9,999,999 with a prefix of four characters.
  /// - Parameter sequence: from 1.
  public init?(_ prefix: DocumentPrefix, _ year: FinancialYear, sequence: Int) {
    guard sequence > 0 else { return nil }
    let digits = String(sequence)
    self.init("\(prefix)\(year)-" + String(repeating: "0", count: max(0, 7 - digits.utf8.count)) + digits)
  }

  public init?(_ text: String) {
    guard (1...16).contains(text.utf8.count), text.utf8.allSatisfy(Self.allows) else { return nil }
    self.text = text
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let number = DocumentNumber(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a document's number")
    }
    self = number
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }

  public var description: String { text }

  static func allows(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x2F
  }
}
