/// A tax rate on the net price, in hundredths of a per cent: 1800 is 18 %.
public struct TaxRate: Sendable, Hashable, Codable, CustomStringConvertible {
  public let basisPoints: Int

  /// Nil outside 0 to 100 %.
  public init?(basisPoints: Int) {
    guard (0...10_000).contains(basisPoints) else { return nil }
    self.basisPoints = basisPoints
  }

  /// Reads a percentage such as `18`, `18.0` or `0.25`; nil for anything else, and for more than two decimals.
  public init?(percentage text: String) {
    guard let match = text.wholeMatch(of: #/([0-9]{1,3})(?:\.([0-9]{1,2}))?/#), let whole = Int(match.1) else {
      return nil
    }
    let decimals = match.2 ?? ""
    guard let hundredths = Int(decimals + String(repeating: "0", count: 2 - decimals.count)) else { return nil }
    self.init(basisPoints: whole * 100 + hundredths)
  }

  private init(known basisPoints: Int) { self.basisPoints = basisPoints }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let rate = TaxRate(basisPoints: try container.decode(Int.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a rate of 0 to 100 %")
    }
    self = rate
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(basisPoints)
  }

  /// The rate of an amount that contains no tax.
  public static let none = TaxRate(known: 0)

  /// GST on online services in India (SAC 9984 and others): 18 %.
  public static let standard = TaxRate(known: 1_800)

  /// The percentage with two decimals, such as `18.00`.
  public var description: String {
    let hundredths = basisPoints % 100
    return "\(basisPoints / 100).\(hundredths < 10 ? "0" : "")\(hundredths)"
  }
}
