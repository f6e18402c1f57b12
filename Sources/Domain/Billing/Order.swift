import FoundationEssentials

public enum OrderStatus: String, Sendable, CaseIterable {
  case creating, created, authorized, paid, failed
  case partiallyRefunded = "partially_refunded"
  case refunded, disputed, expired, legacy

  /// Talk time was credited for it.
  public var isPaid: Bool { [.paid, .partiallyRefunded, .refunded, .disputed].contains(self) }

  /// It counts among a user's open orders.
  public var isOpen: Bool { [.creating, .created].contains(self) }

  /// A payment may still come: `failed` and `expired` are never final.
  public var awaitsPayment: Bool { [.creating, .created, .authorized, .failed, .expired].contains(self) }
}

/// An order keeps the price, the time and the tax rate that it was made at.
public struct Order: Sendable, Equatable {
  public let id: OrderID
  public let user: UserID
  /// Empty for what is older than packs are.
  public let packID: String
  public let talkTime: TalkTime
  /// Tax included.
  public let price: Money
  public let taxRate: TaxRate
  public let buyer: Buyer
  public let status: OrderStatus
  /// Absent until Razorpay has answered.
  public let razorpayOrderID: String?
  public let createdAt: Date

  /// Whether a payment of it credits talk time. One that was made before the upgrade does not say how much it sold: a
  /// payment that comes for it goes back.
  public var sellsTalkTime: Bool { talkTime > .zero }

  public init(
    id: OrderID, user: UserID, packID: String, talkTime: TalkTime, price: Money, taxRate: TaxRate = .standard,
    buyer: Buyer = .unknown, status: OrderStatus, razorpayOrderID: String?, createdAt: Date
  ) {
    self.id = id
    self.user = user
    self.packID = packID
    self.talkTime = talkTime
    self.price = price
    self.taxRate = taxRate
    self.buyer = buyer
    self.status = status
    self.razorpayOrderID = razorpayOrderID
    self.createdAt = createdAt
  }
}
