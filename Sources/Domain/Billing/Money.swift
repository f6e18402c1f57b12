/// An amount in the smallest unit of its currency (paise for INR), always whole.
public struct Paise: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
  public let count: Int64

  public init(_ count: Int64) { self.count = count }

  public init(from decoder: any Decoder) throws { count = try decoder.singleValueContainer().decode(Int64.self) }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(count)
  }

  public static let zero = Paise(0)
  public static func < (left: Paise, right: Paise) -> Bool { left.count < right.count }
  public static func + (left: Paise, right: Paise) -> Paise { Paise(left.count + right.count) }
  public static func - (left: Paise, right: Paise) -> Paise { Paise(left.count - right.count) }

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
