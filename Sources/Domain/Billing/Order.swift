import FoundationEssentials

public enum OrderStatus: String, Sendable, CaseIterable {
  case creating, created, authorized, paid, failed
  case partiallyRefunded = "partially_refunded"
  case refunded, disputed, expired, legacy

  /// Whether talk time was credited for the order.
  public var isPaid: Bool { [.paid, .partiallyRefunded, .refunded, .disputed].contains(self) }

  /// Whether the order counts among a user's open orders.
  public var isOpen: Bool { OrderStatus.open.contains(self) }

  /// The states of an open order.
  public static let open: [OrderStatus] = [.creating, .created]

  /// The states in which an order expires if it is not paid in time.
  public static let expiring: [OrderStatus] = [.creating, .created, .authorized]

  /// The states in which an order is open again once Razorpay has it.
  public static let attaching: [OrderStatus] = [.creating, .expired]

  /// Whether a payment may still arrive: `failed` and `expired` are never final.
  public var awaitsPayment: Bool { [.creating, .created, .authorized, .failed, .expired].contains(self) }
}

/// An order keeps the price, the talk time and the tax rate of the moment at which it was created.
public struct Order: Sendable, Equatable {
  public let id: OrderID
  public let user: UserID
  /// Empty for an order that is older than packs.
  public let packID: String
  public let talkTime: TalkTime
  /// Tax included.
  public let price: Money
  public let taxRate: TaxRate
  public let buyer: BuyerTaxDetails
  public internal(set) var status: OrderStatus
  /// Nil until Razorpay has responded.
  public let razorpayOrderID: String?
  public let createdAt: Date

  /// How long a repeated request with the same Idempotency-Key means the same order.
  public static let keyLife = Duration.seconds(86_400)

  /// Whether a payment of the order credits talk time. An order from before the upgrade does not say how much talk time
  /// it sold; a payment that arrives for such an order is sent back.
  public var sellsTalkTime: Bool { talkTime > .zero }

  public init(
    id: OrderID, user: UserID, packID: String, talkTime: TalkTime, price: Money, taxRate: TaxRate = .standard,
    buyer: BuyerTaxDetails = .unknown, status: OrderStatus, razorpayOrderID: String?, createdAt: Date
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
