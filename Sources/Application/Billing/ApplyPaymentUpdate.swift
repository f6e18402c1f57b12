import Domain

public enum PaymentOutcome: Sendable, Equatable {
  case captured(balance: TalkTime)
  /// The payment is not captured yet, or its state cannot be read now.
  case pending
  case failed
  /// The payment credits nothing. Razorpay has sent it back or is sending it back.
  case returned
  /// The payment credits nothing. It is sent back as soon as Razorpay accepts the refund.
  case returning
  /// The report is from before the order was paid.
  case stale
  /// Razorpay must be asked next, but this call may not ask it.
  case unasked
}

/// Records what Razorpay reports about a payment. Talk time is credited only here, for redirect and webhook alike.
public struct ApplyPaymentUpdate: Sendable {
  private let payments: any PaymentRepository
  private let refunds: any RefundRepository
  private let gateway: any PaymentGateway

  public init(payments: any PaymentRepository, refunds: any RefundRepository, gateway: any PaymentGateway) {
    self.payments = payments
    self.refunds = refunds
    self.gateway = gateway
  }

  /// - Parameters:
  ///   - budget: the time for all requests to Razorpay; a request that does not fit is made later.
  ///   - asking: whether Razorpay may be asked. If a request is needed but not allowed, the answer is `unasked`.
  /// - Throws: `paymentMismatch` if the payment is not of this order's price. A payment of this order is then sent
  ///   back.
  public func callAsFunction(
    _ payment: GatewayPayment, of order: Order, cause: LedgerCause, within budget: ProviderTimeBudget = .unlimited,
    asking: Bool = true
  ) async throws(BillingError) -> PaymentOutcome {
    // Payments from before the upgrade are in the opening balance. Their reports arrive late.
    if order.status == .legacy || order.status.isPaid && !order.sellsTalkTime { return .stale }
    guard payment.orderID == order.razorpayOrderID, payment.pays(order.price) || !order.sellsTalkTime else {
      return try await mismatch(payment, order, cause, budget, asking)
    }
    switch payment.status {
    case .created: return .pending
    case .failed:
      try await payments.note(payment, of: order, mismatch: false)
      return .failed
    case .authorized: return try await capture(payment, order, cause, budget, asking)
    case .captured, .refunded: return try await credit(payment, order, cause, budget, asking)
    // The payment may still reach any state. The caller that listed the payment reports the unknown state.
    case .unknown: return .pending
    }
  }

  /// A report is a snapshot, which may not say who bears the fee. Razorpay's current record decides. If the record
  /// cannot be read, nothing is sent back.
  private func mismatch(
    _ payment: GatewayPayment, _ order: Order, _ cause: LedgerCause, _ budget: ProviderTimeBudget, _ asking: Bool
  ) async throws(BillingError) -> PaymentOutcome {
    let isOwn = payment.orderID == order.razorpayOrderID
    if isOwn, payment.mayPay(order.price) { return try await awaitFee(payment, order, cause, budget, asking) }
    guard isOwn, payment.status == .captured, payment.unreturned > .zero else {
      try await payments.note(payment, of: order, mismatch: true)
      throw .paymentMismatch
    }
    guard asking else {
      try await payments.note(payment, of: order, mismatch: true)
      return .unasked
    }
    var present = payment
    if budget.left == nil {
      do { present = try await gateway.payment(payment.id, within: nil) } catch {
        switch error {
        case .unavailable, .credentialsRefused: return .pending
        case .refused, .notFound: break
        }
      }
      if present.orderID == order.razorpayOrderID, present.pays(order.price) || present.mayPay(order.price) {
        return try await self(present, of: order, cause: cause, within: budget, asking: asking)
      }
    }
    try await payments.note(payment, of: order, mismatch: true)
    if present.status != .refunded, present.unreturned > .zero {
      _ = try await send(present, order, cause, budget)
    }
    throw .paymentMismatch
  }

  /// A report may not say how much of the payment is the fee that the customer bears. Razorpay's current record says so
  /// some time after the capture, so the report alone is not tried again.
  private func awaitFee(
    _ payment: GatewayPayment, _ order: Order, _ cause: LedgerCause, _ budget: ProviderTimeBudget, _ asking: Bool
  ) async throws(BillingError) -> PaymentOutcome {
    guard asking else { return .unasked }
    guard !budget.isSpent else { return .pending }
    let present: GatewayPayment
    do { present = try await gateway.payment(payment.id, within: budget.left) } catch { return .pending }
    guard present.orderID == order.razorpayOrderID, !present.mayPay(order.price) else { return .pending }
    return try await self(present, of: order, cause: cause, within: budget, asking: asking)
  }

  /// The order asks Razorpay for automatic capture. If that did not happen, the capture is requested here. Razorpay
  /// sends back a payment that is not captured in time.
  private func capture(
    _ payment: GatewayPayment, _ order: Order, _ cause: LedgerCause, _ budget: ProviderTimeBudget, _ asking: Bool
  ) async throws(BillingError) -> PaymentOutcome {
    try await payments.note(payment, of: order, mismatch: false)
    if order.status.isPaid { return .stale }
    // Razorpay sends back an uncaptured payment by itself.
    guard order.sellsTalkTime else { return .stale }
    guard asking else { return .unasked }
    guard !budget.isSpent else { return .pending }
    do {
      // A fee that the customer bears is captured with the payment.
      let captured = try await gateway.capture(payment.id, payment.money, within: budget.left)
      guard captured.status == .captured else { return .pending }
      return try await self(captured, of: order, cause: cause, within: budget, asking: asking)
    } catch let error as BillingError {
      throw error
    } catch {
      return .pending
    }
  }

  private func credit(
    _ payment: GatewayPayment, _ order: Order, _ cause: LedgerCause, _ budget: ProviderTimeBudget, _ asking: Bool
  ) async throws(BillingError) -> PaymentOutcome {
    switch try await payments.capture(payment, of: order, cause: cause) {
    case .credited(let balance): return .captured(balance: balance)
    case .surplus:
      if payment.status == .refunded || payment.unreturned == .zero { return .returned }
      return try await giveBack(payment, order, cause, budget, asking)
    }
  }

  /// The first attempt is made at once. If Razorpay refuses or cannot be asked now, a worker asks again. The refund is
  /// stored, and the same report does not trigger another attempt meanwhile.
  private func giveBack(
    _ payment: GatewayPayment, _ order: Order, _ cause: LedgerCause, _ budget: ProviderTimeBudget, _ asking: Bool
  ) async throws(BillingError) -> PaymentOutcome {
    guard asking else { return .unasked }
    var payment = payment
    // The report may be old, and no caller waits for the result: Razorpay's current record says what is left.
    if budget.left == nil, let record = try? await gateway.payment(payment.id, within: nil) {
      if record.status == .refunded || record.unreturned == .zero { return .returned }
      payment = record
    }
    return try await send(payment, order, cause, budget)
  }

  private func send(
    _ payment: GatewayPayment, _ order: Order, _ cause: LedgerCause, _ budget: ProviderTimeBudget
  ) async throws(BillingError) -> PaymentOutcome {
    var refund: Refund
    do { refund = try await refunds.requestReturn(of: payment, order: order) } catch {
      // The payment was credited: a report with another amount does not undo the credit.
      if error == .notRefundable { throw .paymentMismatch }
      throw error
    }
    if refund.status == .requested, refund.attempt == 1 {
      refund = try await SendRefund(refunds: refunds, gateway: gateway)(refund, cause: cause, within: budget)
    }
    switch refund.status {
    case .pending, .processed: return .returned
    case .requested, .failed: return .returning
    }
  }
}
