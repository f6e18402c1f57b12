/// Razorpay's own words for where a payment is.
public enum GatewayStatus: RawRepresentable, Sendable, Equatable {
  case created, authorized, captured, refunded, failed
  /// A word that we do not know: nothing is done with the payment, and an operator hears of it.
  case unknown(String)

  public static let known: [GatewayStatus] = [.created, .authorized, .captured, .refunded, .failed]

  public init(rawValue: String) { self = GatewayStatus(known: rawValue) ?? .unknown(rawValue) }

  /// Nil for a word that we do not know.
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

/// A payment as Razorpay's record has it.
public struct GatewayPayment: Sendable, Equatable {
  public let id: String
  /// Absent for a payment that was made without an order.
  public let orderID: String?
  public let status: GatewayStatus
  /// All that was paid, a fee on top included.
  public let money: Money
  /// What of it went back so far.
  public let refunded: Paise
  /// Razorpay's fee, its tax included; absent while Razorpay has not said.
  public let fee: Paise?
  /// The fee was added to the order's price at checkout, by a switch in Razorpay's dashboard.
  public let customerBearsFee: Bool

  public init(
    id: String, orderID: String?, status: GatewayStatus, money: Money, refunded: Paise = .zero, fee: Paise? = nil,
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

  /// What of the payment is the fee on top of the order's price, by Razorpay's record; zero where the seller bears it.
  public func customerFee(for price: Money) -> Paise {
    guard customerBearsFee, money != price, let fee, fee > .zero, money.amount > fee else { return .zero }
    return fee
  }

  /// Whether it pays this price: the very amount, or the amount and the fee that the customer bears. While the payment is
  /// only authorized the fee may not be told yet.
  public func pays(_ price: Money) -> Bool {
    guard money != price else { return true }
    guard money.currency == price.currency, customerBearsFee, money.amount > price.amount else { return false }
    if status == .authorized, fee == nil { return true }
    return money.amount - customerFee(for: price) == price.amount
  }

  /// Whether it is captured with more than this price, by a customer who bears a fee that is not told yet.
  public func mayPay(_ price: Money) -> Bool {
    customerBearsFee && fee == nil && status == .captured && money.currency == price.currency
      && money.amount > price.amount
  }

  /// What of it has not gone back.
  public var unreturned: Paise {
    guard money.amount > .zero, (.zero...money.amount).contains(refunded) else { return max(.zero, money.amount) }
    return money.amount - refunded
  }
}
