import Domain
import FoundationEssentials

/// Works on a stored webhook. What it says is Razorpay's own record: it was signed.
public struct HandlePaymentWebhook: Sendable {
  private let orders: any StoresOrders
  private let confirm: ConfirmPayment
  private let webhooks: any KeepsWebhooks

  public init(orders: any StoresOrders, confirm: ConfirmPayment, webhooks: any KeepsWebhooks) {
    self.orders = orders
    self.confirm = confirm
    self.webhooks = webhooks
  }

  /// - Returns: what it came to; nil for another try.
  @discardableResult
  public func callAsFunction(_ webhook: StoredWebhook) async throws(BillingError) -> String? {
    guard let event = try? JSONDecoder().decode(Event.self, from: Data(webhook.body)) else {
      try await webhooks.finish(webhook, type: nil, outcome: "dead")
      return "dead"
    }
    let outcome = await outcome(event, webhook)
    try await webhooks.finish(webhook, type: event.event, outcome: outcome)
    return outcome
  }

  private func outcome(_ event: Event, _ webhook: StoredWebhook) async -> String? {
    guard ["payment.captured", "payment.authorized", "payment.failed", "order.paid"].contains(event.event) else {
      return "kept"
    }
    guard let payment = event.payload?.payment?.entity.payment else { return "dead" }
    guard let razorpayOrder = payment.orderID else { return "unknown_order" }
    do {
      guard let order = try await orders.order(razorpayID: razorpayOrder) else {
        // Our own row may be a moment behind Razorpay's webhook.
        return webhook.attempt < 5 ? nil : "unknown_order"
      }
      switch try await confirm(payment, of: order, cause: .webhook(webhook.eventID)) {
      case .captured: return "credited"
      case .pending: return webhook.attempt < 20 ? nil : "pending"
      case .failed: return "failed"
      case .returned: return "returned"
      case .stale: return "stale"
      }
    } catch {
      return error == .paymentMismatch ? "mismatch" : nil
    }
  }

  private struct Event: Decodable {
    struct Wrapped: Decodable { let entity: Payment }
    struct Payload: Decodable { let payment: Wrapped? }
    struct Payment: Decodable {
      let id: String
      let order_id: String?
      let status: String
      let amount: Int64
      let currency: String

      var payment: GatewayPayment? {
        guard let status = GatewayStatus(rawValue: status), let currency = Currency(currency) else { return nil }
        return GatewayPayment(id: id, orderID: order_id, status: status, money: Money(Paise(amount), currency))
      }
    }
    let event: String
    let payload: Payload?
  }
}
