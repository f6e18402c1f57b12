/// A webhook as it arrived.
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

/// The queues of webhooks. A payment that Razorpay must be asked about delays no other webhook.
public enum PaymentWebhookLane: Sendable, CaseIterable {
  /// The webhook is not known to need a request to Razorpay. Each webhook begins here.
  case unasked
  /// Razorpay must be asked about the webhook.
  case asking
}

/// The store of webhooks. Each webhook is stored once by its id before it is handled, and is never deleted.
public protocol PaymentWebhookInbox: Sendable {
  /// - Parameter subject: the object that the webhook is about, such as an order. At most one webhook of a subject is
  ///   handled at a time.
  func keep(_ body: [UInt8], eventID: String, subject: String?) async throws(BillingError)
  /// Claims the due webhooks for half a minute each, the longest waiting first.
  func take(_ limit: Int, from queue: PaymentWebhookLane) async throws(BillingError) -> [StoredWebhook]
  /// Moves the webhook to the queue of webhooks that need a request to Razorpay. The webhook is due there at once.
  func pass(_ webhook: StoredWebhook, type: String) async throws(BillingError)
  /// - Parameter outcome: `credited`, `ignored`, `dead` and the like; nil if the webhook is to be tried again later.
  func finish(
    _ webhook: StoredWebhook, type: String?, outcome: PaymentWebhookOutcome?
  ) async throws(BillingError)
}
