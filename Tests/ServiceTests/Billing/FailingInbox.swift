import Application

/// An inbox that cannot be reached.
struct FailingInbox: PaymentWebhookInbox {
  func keep(_ body: [UInt8], eventID: String, subject: String?) async throws(BillingError) { throw .unavailable }
  func take(_ limit: Int, from queue: PaymentWebhookLane) async throws(BillingError) -> [StoredWebhook] {
    throw .unavailable
  }
  func pass(_ webhook: StoredWebhook, type: String) async throws(BillingError) { throw .unavailable }
  func finish(_ webhook: StoredWebhook, type: String?, outcome: PaymentWebhookOutcome?) async throws(BillingError) {
    throw .unavailable
  }
}
