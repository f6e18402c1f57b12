import Domain
import FoundationEssentials

/// Works on a stored webhook. What it says is Razorpay's own record: it was signed.
public struct HandlePaymentWebhook: Sendable {
  private let orders: any StoresOrders
  private let confirm: ConfirmPayment
  private let news: TakeRefundNews
  private let webhooks: any KeepsWebhooks

  public init(
    orders: any StoresOrders, confirm: ConfirmPayment, news: TakeRefundNews, webhooks: any KeepsWebhooks
  ) {
    self.orders = orders
    self.confirm = confirm
    self.news = news
    self.webhooks = webhooks
  }

  /// - Returns: what it came to; nil for another try.
  @discardableResult
  public func callAsFunction(_ webhook: StoredWebhook) async throws(BillingError) -> String? {
    guard let event = try? JSONDecoder().decode(RazorpayEvent.self, from: Data(webhook.body)) else {
      try await webhooks.finish(webhook, type: nil, outcome: "dead")
      return "dead"
    }
    let outcome = await outcome(event, webhook)
    try await webhooks.finish(webhook, type: event.event, outcome: outcome)
    return outcome
  }

  /// A type that we do not know is kept, and has no effect.
  private func outcome(_ event: RazorpayEvent, _ webhook: StoredWebhook) async -> String? {
    do {
      switch event.event {
      case "payment.captured", "payment.authorized", "payment.failed", "order.paid":
        guard let payment = event.payment else { return "dead" }
        return try await take(payment, webhook)
      case "refund.created", "refund.processed", "refund.failed":
        guard let payment = event.payment, let refund = event.refund else { return "dead" }
        let isOurs = try await news(refund, of: payment, cause: .webhook(webhook.eventID))
        return isOurs ? "taken" : unknownOrder(webhook)
      case _ where event.disputeStatus != nil:
        guard let payment = event.payment, let dispute = event.dispute else { return "dead" }
        let isOurs = try await news(dispute, of: payment, cause: .webhook(webhook.eventID))
        return isOurs ? "taken" : unknownOrder(webhook)
      default: return "kept"
      }
    } catch {
      return error == .paymentMismatch ? "mismatch" : nil
    }
  }

  /// Our own row may be a moment behind Razorpay's webhook.
  private func unknownOrder(_ webhook: StoredWebhook) -> String? { webhook.attempt < 5 ? nil : "unknown_order" }

  private func take(_ payment: GatewayPayment, _ webhook: StoredWebhook) async throws(BillingError) -> String? {
    guard let razorpayOrder = payment.orderID else { return "unknown_order" }
    guard let order = try await orders.order(razorpayID: razorpayOrder) else { return unknownOrder(webhook) }
    switch try await confirm(payment, of: order, cause: .webhook(webhook.eventID)) {
    case .captured: return "credited"
    case .pending: return webhook.attempt < 20 ? nil : "pending"
    case .failed: return "failed"
    case .returned: return "returned"
    case .stale: return "stale"
    }
  }
}
