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
  func finish(
    _ webhook: StoredWebhook, type: String?, outcome: PaymentWebhookOutcome?
  ) async throws(BillingError)
}
