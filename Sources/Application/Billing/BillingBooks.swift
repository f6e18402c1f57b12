import Domain
import FoundationEssentials

public enum BillingError: StableError, Equatable {
  /// Postgres or Razorpay cannot be reached; nothing was changed.
  case unavailable
  case packNotFound
  case orderNotFound
  case invalidSignature
  /// Razorpay's record of the payment and our order differ.
  case paymentMismatch
  /// The user has as many orders that nobody has paid yet as one may have.
  case tooManyOpenOrders
  /// The Idempotency-Key came with another order before.
  case keyReused
  /// The seller must name the buyer's state, and neither the order nor the account tells it.
  case buyerStateMissing
  /// Nothing was credited for the order, or it is older than the books.
  case notRefundable
  /// Nothing that is worth a refund is left of the order.
  case nothingToRefund
  case refundExceedsPayment(left: Paise)
  /// The time is spent in part; `force` sends the money back all the same.
  case refundExceedsUnspent(value: Paise)
  /// Razorpay refuses to send the money back.
  case refundRefused

  public var code: String {
    switch self {
    case .unavailable: "billing_unavailable"
    case .packNotFound: "pack_not_found"
    case .orderNotFound: "not_found"
    case .invalidSignature: "invalid_signature"
    case .paymentMismatch: "payment_mismatch"
    case .tooManyOpenOrders: "too_many_open_orders"
    case .keyReused: "idempotency_key_reused"
    case .buyerStateMissing: "buyer_state_missing"
    case .notRefundable: "not_refundable"
    case .nothingToRefund: "nothing_to_refund"
    case .refundExceedsPayment: "refund_exceeds_payment"
    case .refundExceedsUnspent: "refund_exceeds_unspent"
    case .refundRefused: "refund_refused"
    }
  }
}

/// What became of a captured payment.
public enum CaptureResult: Sendable, Equatable {
  /// Credited, now or before.
  case credited(balance: TalkTime)
  /// Nothing was credited: the order was paid by another payment, or this one went back already.
  case surplus
}

public protocol PaymentRepository: Sendable {
  /// Credits the order's talk time once, whoever comes first and however often.
  func capture(_ payment: GatewayPayment, of order: Order, cause: Cause) async throws(BillingError) -> CaptureResult
  /// Notes what credits nothing. A later capture still wins.
  func note(_ payment: GatewayPayment, of order: Order, mismatch: Bool) async throws(BillingError)
}

/// A webhook as it came.
public struct StoredWebhook: Sendable, Equatable {
  public let eventID: String
  public let body: [UInt8]
  public let attempt: Int

  public init(eventID: String, body: [UInt8], attempt: Int) {
    self.eventID = eventID
    self.body = body
    self.attempt = attempt
  }
}

/// Webhooks wait in two queues, so that a payment that Razorpay must be asked about keeps no other one waiting.
public enum WebhookQueue: Sendable, CaseIterable {
  /// Nobody has found yet that it needs a question to Razorpay. Each webhook begins here.
  case unasked
  /// Razorpay has to be asked.
  case asking
}

/// Webhooks are stored before they are worked on, once by their id, and never thrown away.
public protocol WebhookInbox: Sendable {
  /// - Parameter subject: what it is about, such as an order; of one subject one webhook is worked on at a time.
  func keep(_ body: [UInt8], eventID: String, subject: String?) async throws(BillingError)
  /// Takes those that are due, the longest waiting first, each for half a minute.
  func take(_ limit: Int, from queue: WebhookQueue) async throws(BillingError) -> [StoredWebhook]
  /// Razorpay has to be asked: it is due in the other queue, at once.
  func pass(_ webhook: StoredWebhook, type: String) async throws(BillingError)
  /// - Parameter outcome: `credited`, `ignored`, `dead` and the like; nil for another try later.
  func finish(_ webhook: StoredWebhook, type: String?, outcome: String?) async throws(BillingError)
}
