/// An amount of talk time at a price, as one version of a pack sells it.
public struct Pack: Sendable, Equatable {
  public let id: String
  public let version: Int
  public let name: String
  public let talkTime: TalkTime
  /// Tax included.
  public let price: Money
  public let taxRate: TaxRate

  public init(id: String, version: Int, name: String, talkTime: TalkTime, price: Money, taxRate: TaxRate) {
    self.id = id
    self.version = version
    self.name = name
    self.talkTime = talkTime
    self.price = price
    self.taxRate = taxRate
  }
}

/// The id under which a pack is ordered.
public struct PackID: Hashable, Sendable, CustomStringConvertible {
  public let text: String

  /// Nil unless the text is 1 to 40 lower-case letters, digits and hyphens.
  public init?(_ text: String) {
    let isAllowed = { (byte: UInt8) in (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D }
    guard (1...40).contains(text.utf8.count), text.utf8.allSatisfy(isAllowed) else { return nil }
    self.text = text
  }

  public var description: String { text }
}
