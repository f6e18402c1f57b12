/// A payment in the aggregate of its order.
public struct OrderPayment: Sendable, Equatable {
  public let id: String
  /// The order of the payment. A payment that was stored under another order moves to its own order.
  public internal(set) var order: OrderID
  /// The whole amount that was paid, with a fee on top.
  public let money: Money
  public internal(set) var status: PaymentStatus
  /// The part of `money` that is the fee that the customer bears.
  public internal(set) var customerFee: Paise
  /// Whether the payment paid for the talk time of `order`.
  public internal(set) var isCredited: Bool

  public init(
    id: String, order: OrderID, money: Money, status: PaymentStatus, customerFee: Paise = .zero,
    isCredited: Bool = false
  ) {
    self.id = id
    self.order = order
    self.money = money
    self.status = status
    self.customerFee = customerFee
    self.isCredited = isCredited
  }
}
