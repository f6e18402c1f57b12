import Domain

/// Handles a stored webhook. The webhook was signed, so its content counts as Razorpay's own record.
public struct HandlePaymentWebhook: Sendable {
  private let reader: any PaymentWebhookReader
  private let orders: any OrderRepository
  private let confirm: ApplyPaymentUpdate
  private let refundUpdates: ApplyRefundOrDisputeUpdate
  private let webhooks: any PaymentWebhookInbox

  public init(
    reader: any PaymentWebhookReader, orders: any OrderRepository, confirm: ApplyPaymentUpdate,
    refundUpdates: ApplyRefundOrDisputeUpdate, webhooks: any PaymentWebhookInbox
  ) {
    self.reader = reader
    self.orders = orders
    self.confirm = confirm
    self.refundUpdates = refundUpdates
    self.webhooks = webhooks
  }

  /// - Parameter asking: whether Razorpay may be asked. If a request is needed but not allowed, the webhook moves to
  ///   the queue of webhooks that need a request.
  /// - Returns: the outcome; nil if the webhook is to be tried again.
  @discardableResult
  public func callAsFunction(_ webhook: StoredWebhook, asking: Bool = true) async throws(BillingError)
    -> PaymentWebhookOutcome?
  {
    guard let event = reader.read(webhook.body) else {
      try await webhooks.finish(webhook, type: nil, outcome: .dead)
      return .dead
    }
    switch await outcome(event.content, webhook, asking: asking) {
    case .passed:
      try await webhooks.pass(webhook, type: event.type)
      return nil
    case .again:
      try await webhooks.finish(webhook, type: event.type, outcome: nil)
      return nil
    case .done(let outcome):
      try await webhooks.finish(webhook, type: event.type, outcome: outcome)
      return outcome
    }
  }

  private enum Outcome {
    case done(PaymentWebhookOutcome)
    /// The webhook is tried again later.
    case again
    /// Razorpay must be asked, but this call may not ask it.
    case passed
  }

  /// A webhook of an unknown type is kept and has no effect.
  private func outcome(
    _ content: PaymentNotification.Content, _ webhook: StoredWebhook, asking: Bool
  ) async -> Outcome {
    do {
      switch content {
      case .payment(let payment): return try await take(payment, webhook, asking: asking)
      case .refund(let refund, let payment):
        let isOurs = try await refundUpdates(refund, of: payment, cause: .webhook(webhook.eventID))
        return isOurs ? .done(.taken) : unknownOrder(webhook)
      case .dispute(let dispute, let payment):
        let isOurs = try await refundUpdates(dispute, of: payment, cause: .webhook(webhook.eventID))
        return isOurs ? .done(.taken) : unknownOrder(webhook)
      case .unreadable: return .done(.dead)
      case .other: return .done(.kept)
      }
    } catch {
      return error == .paymentMismatch ? .done(.mismatch) : .again
    }
  }

  /// Our own row may be written a moment after Razorpay's webhook arrives.
  private func unknownOrder(_ webhook: StoredWebhook) -> Outcome {
    webhook.attempt < 5 ? .again : .done(.unknownOrder)
  }

  private func take(
    _ payment: GatewayPayment, _ webhook: StoredWebhook, asking: Bool
  ) async throws(BillingError) -> Outcome {
    guard let razorpayOrder = payment.orderID else { return .done(.unknownOrder) }
    guard let order = try await orders.order(razorpayID: razorpayOrder) else { return unknownOrder(webhook) }
    switch try await confirm(payment, of: order, cause: .webhook(webhook.eventID), asking: asking) {
    case .captured: return .done(.credited)
    case .pending: return webhook.attempt < 20 ? .again : .done(.pending)
    case .failed: return .done(.failed)
    case .returned: return .done(.returned)
    case .returning: return .done(.returning)
    case .stale: return .done(.stale)
    case .unasked: return .passed
    }
  }
}
