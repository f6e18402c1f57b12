import FoundationEssentials

/// Minutes for a price, as one version of a pack sells them.
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

/// A share of the net price, in hundredths of a per cent: 1800 is 18 %.
public struct TaxRate: Sendable, Hashable {
  public let basisPoints: Int

  /// Nil outside 0 to 100 %.
  public init?(basisPoints: Int) {
    guard (0...10_000).contains(basisPoints) else { return nil }
    self.basisPoints = basisPoints
  }

  private init(known basisPoints: Int) { self.basisPoints = basisPoints }

  /// GST on online services in India (SAC 9984 and others): 18 %.
  public static let standard = TaxRate(known: 1_800)
}

public enum OrderStatus: String, Sendable, CaseIterable {
  case creating, created, authorized, paid, failed
  case partiallyRefunded = "partially_refunded"
  case refunded, disputed, expired, legacy

  /// Talk time was credited for it.
  public var isPaid: Bool { [.paid, .partiallyRefunded, .refunded, .disputed].contains(self) }
}

/// An order keeps the price and the time that it was made at.
public struct Order: Sendable, Equatable {
  public let id: OrderID
  public let user: UserID
  public let packID: String
  public let talkTime: TalkTime
  public let price: Money
  public let status: OrderStatus
  /// Absent until Razorpay has answered.
  public let razorpayOrderID: String?
  public let createdAt: Date

  public init(
    id: OrderID, user: UserID, packID: String, talkTime: TalkTime, price: Money, status: OrderStatus,
    razorpayOrderID: String?, createdAt: Date
  ) {
    self.id = id
    self.user = user
    self.packID = packID
    self.talkTime = talkTime
    self.price = price
    self.status = status
    self.razorpayOrderID = razorpayOrderID
    self.createdAt = createdAt
  }
}
