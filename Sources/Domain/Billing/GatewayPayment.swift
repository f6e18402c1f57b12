/// Razorpay's names for the states of a payment.
public enum GatewayPaymentStatus: RawRepresentable, Sendable, Equatable {
  case created, authorized, captured, refunded, failed
  /// A status that this build does not know. Nothing is done with the payment, and an operator is informed.
  case unknown(String)

  public static let known: [GatewayPaymentStatus] = [.created, .authorized, .captured, .refunded, .failed]

  public init(rawValue: String) { self = GatewayPaymentStatus(known: rawValue) ?? .unknown(rawValue) }

  /// Nil for an unknown status.
  public init?(known word: String) {
    guard let status = Self.known.first(where: { $0.rawValue == word }) else { return nil }
    self = status
  }

  public var rawValue: String {
    switch self {
    case .created: "created"
    case .authorized: "authorized"
    case .captured: "captured"
    case .refunded: "refunded"
    case .failed: "failed"
    case .unknown(let word): word
    }
  }

  public var isKnown: Bool { Self.known.contains(self) }
}

/// A payment in Razorpay's record.
public struct GatewayPayment: Sendable, Equatable {
  public let id: String
  /// Nil for a payment that was made without an order.
  public let orderID: String?
  public let status: GatewayPaymentStatus
  /// The whole amount that was paid, with a fee on top.
  public let money: Money
  /// The part of `money` that was refunded so far.
  public let refunded: Paise
  /// Razorpay's fee, with its tax; nil until Razorpay reports it.
  public let fee: Paise?
  /// The fee was added to the order's price at checkout, by a switch in Razorpay's dashboard.
  public let customerBearsFee: Bool

  public init(
    id: String, orderID: String?, status: GatewayPaymentStatus, money: Money, refunded: Paise = .zero,
    fee: Paise? = nil,
    customerBearsFee: Bool = false
  ) {
    self.id = id
    self.orderID = orderID
    self.status = status
    self.money = money
    self.refunded = refunded
    self.fee = fee
    self.customerBearsFee = customerBearsFee
  }

  /// The fee on top of the order's price, by Razorpay's record; zero if the seller bears the fee.
  public func customerFee(for price: Money) -> Paise {
    guard customerBearsFee, money != price, let fee, fee > .zero, money.amount > fee else { return .zero }
    return fee
  }

  /// Whether the payment pays this price: the exact amount, or the amount and the fee that the customer bears. The fee
  /// may still be unknown while the payment is only authorized.
  public func pays(_ price: Money) -> Bool {
    guard money != price else { return true }
    guard money.currency == price.currency, customerBearsFee, money.amount > price.amount else { return false }
    if status == .authorized, fee == nil { return true }
    return money.amount - customerFee(for: price) == price.amount
  }

  /// Whether more than this price was captured from a customer who bears a fee that Razorpay has not reported yet.
  public func mayPay(_ price: Money) -> Bool {
    customerBearsFee && fee == nil && status == .captured && money.currency == price.currency
      && money.amount > price.amount
  }

  /// The part of the payment that was not refunded.
  public var unreturned: Paise {
    guard money.amount > .zero, (.zero...money.amount).contains(refunded) else { return max(.zero, money.amount) }
    return money.amount - refunded
  }
}
