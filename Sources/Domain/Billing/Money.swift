/// An amount in the smallest unit of its currency (paise for INR), always a whole number. Arithmetic saturates: a sum
/// beyond the largest value stays at that value.
public struct Paise: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
  public let count: Int64

  public init(_ count: Int64) { self.count = count }

  public init(from decoder: any Decoder) throws { count = try decoder.singleValueContainer().decode(Int64.self) }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(count)
  }

  /// An amount as a provider reports it. Nil for a negative amount and for one above a fixed ceiling. The ceiling is so
  /// low that a thousand such amounts can be added without overflow, and so high that no real payment reaches it.
  public static func told(_ count: Int64) -> Paise? { (0...1_000_000_000_000_000).contains(count) ? Paise(count) : nil }

  public static let zero = Paise(0)
  public static func < (left: Paise, right: Paise) -> Bool { left.count < right.count }
  public static func + (left: Paise, right: Paise) -> Paise { Paise(left.count.clampedAdding(right.count)) }
  public static func - (left: Paise, right: Paise) -> Paise { Paise(left.count.clampedSubtracting(right.count)) }

  public var description: String { "\(count) paise" }
}

/// ISO 4217, three capital letters.
public struct Currency: Hashable, Sendable, Codable, CustomStringConvertible {
  public let code: String

  public init?(_ code: String) {
    guard code.utf8.count == 3, code.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else { return nil }
    self.code = code
  }

  private init(known code: String) { self.code = code }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let currency = Currency(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an ISO 4217 code")
    }
    self = currency
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(code)
  }

  public static let inr = Currency(known: "INR")

  /// The number of decimals of the currency (ISO 4217): 2 for INR, 0 for JPY, 3 for KWD.
  public var decimals: Int { Self.otherDecimals[code] ?? 2 }

  /// The currencies whose number of decimals is not 2.
  private static let otherDecimals: [String: Int] = [
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0,
    "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0, "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3,
    "TND": 3,
  ]

  public var description: String { code }
}

public struct Money: Hashable, Sendable {
  public let amount: Paise
  public let currency: Currency

  public init(_ amount: Paise, _ currency: Currency = .inr) {
    self.amount = amount
    self.currency = currency
  }
}
