/// A payment as the account of its order has it.
public struct AccountedPayment: Sendable, Equatable {
  public let id: String
  /// One that was parked under an order that is not its own moves to its own.
  public internal(set) var order: OrderID
  /// All that was paid, a fee on top included.
  public let money: Money
  public internal(set) var status: PaymentStatus
  /// What of it is the fee that the customer bears.
  public internal(set) var customerFee: Paise
  /// It paid for the talk time of `order`.
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
