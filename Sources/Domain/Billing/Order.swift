import FoundationEssentials

/// Minutes for a price.
public struct Pack: Sendable, Equatable {
  public let id: String
  public let name: String
  public let talkTime: TalkTime
  public let price: Money

  public init(id: String, name: String, talkTime: TalkTime, price: Money) {
    self.id = id
    self.name = name
    self.talkTime = talkTime
    self.price = price
  }
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
