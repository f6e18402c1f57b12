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
  public let money: Money
  /// What of it went back so far.
  public let refunded: Paise

  public init(id: String, orderID: String?, status: GatewayStatus, money: Money, refunded: Paise = .zero) {
    self.id = id
    self.orderID = orderID
    self.status = status
    self.money = money
    self.refunded = refunded
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
  /// - Parameter key: the same on each try: it is Razorpay's idempotency key and the refund's receipt.
  func refund(_ paymentID: String, _ amount: Paise, key: String) async throws(GatewayError) -> GatewayRefund
  func refund(_ id: String) async throws(GatewayError) -> GatewayRefund
  func refunds(ofPayment paymentID: String) async throws(GatewayError) -> [GatewayRefund]
  func refunds(in period: GatewayPeriod) async throws(GatewayError) -> [GatewayRefund]
  /// What was opened in the period, all pages of it, as each stands now.
  func disputes(in period: GatewayPeriod) async throws(GatewayError) -> [GatewayDispute]
}
