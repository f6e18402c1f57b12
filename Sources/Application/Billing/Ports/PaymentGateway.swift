import Domain
import FoundationEssentials

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

/// A refund as Razorpay's record has it.
public struct GatewayRefund: Sendable, Equatable {
  public enum Status: RawRepresentable, Sendable, Equatable {
    case pending, processed, failed
    /// A word that we do not know: the refund counts as under way, and an operator hears of it.
    case unknown(String)

    public static let known: [Status] = [.pending, .processed, .failed]

    public init(rawValue: String) { self = Status(known: rawValue) ?? .unknown(rawValue) }

    /// Nil for a word that we do not know.
    public init?(known word: String) {
      guard let status = Self.known.first(where: { $0.rawValue == word }) else { return nil }
      self = status
    }

    public var rawValue: String {
      switch self {
      case .pending: "pending"
      case .processed: "processed"
      case .failed: "failed"
      case .unknown(let word): word
      }
    }
  }

  public let id: String
  public let paymentID: String
  public let money: Money
  public let status: Status
  /// What we gave it when we asked for it; absent where Razorpay's dashboard did.
  public let receipt: String?

  public init(id: String, paymentID: String, money: Money, status: Status, receipt: String?) {
    self.id = id
    self.paymentID = paymentID
    self.money = money
    self.status = status
    self.receipt = receipt
  }
}

public enum GatewayError: Error, Sendable, Equatable {
  /// No answer, or one that a later try may better. `mayHaveActed`: look before asking again.
  case unavailable(mayHaveActed: Bool)
  /// Razorpay refuses for good.
  case refused(code: String)
  /// Our key is not accepted: an operator's mistake, and nothing that it says about a payment is an answer.
  case credentialsRefused
  case notFound
}

/// A stretch of time, both ends included, in whole seconds.
public struct GatewayPeriod: Sendable, Equatable {
  public let from: Date
  public let to: Date

  public init(from: Date, to: Date) {
    self.from = from
    self.to = to
  }
}

public protocol PaymentGateway: Sendable {
  /// - Parameter receipt: our order's id; an order can be found by it when the answer was lost.
  func createOrder(receipt: String, _ money: Money) async throws(GatewayError) -> String
  func order(receipt: String) async throws(GatewayError) -> String?
  /// - Parameter deadline: nil for the gateway's own.
  func payment(_ id: String, within deadline: Duration?) async throws(GatewayError) -> GatewayPayment
  /// Every attempt to pay the order, failed ones too.
  func payments(ofOrder razorpayOrderID: String) async throws(GatewayError) -> [GatewayPayment]
  /// What was made in the period, all pages of it.
  func payments(in period: GatewayPeriod) async throws(GatewayError) -> [GatewayPayment]
  func capture(_ id: String, _ money: Money, within deadline: Duration?) async throws(GatewayError) -> GatewayPayment
  /// - Parameters:
  ///   - key: the same on each try: it is Razorpay's idempotency key and the refund's receipt.
  ///   - deadline: nil for the gateway's own.
  func refund(
    _ paymentID: String, _ amount: Paise, key: String, within deadline: Duration?
  ) async throws(GatewayError) -> GatewayRefund
  func refund(_ id: String, within deadline: Duration?) async throws(GatewayError) -> GatewayRefund
  func refunds(ofPayment paymentID: String, within deadline: Duration?) async throws(GatewayError) -> [GatewayRefund]
  func refunds(in period: GatewayPeriod) async throws(GatewayError) -> [GatewayRefund]
  /// What was opened in the period, all pages of it, as each stands now.
  func disputes(in period: GatewayPeriod) async throws(GatewayError) -> [GatewayDispute]
}
