import Domain

public enum PaymentOutcome: Sendable, Equatable {
  case captured(balance: TalkTime)
  /// Not captured yet, or it cannot be known just now.
  case pending
  case failed
  /// It credits nothing, and Razorpay has sent it back or does.
  case returned
  /// It credits nothing, and is to go back as soon as Razorpay takes it.
  case returning
  /// News from before the order was paid.
  case stale
  /// Razorpay has to be asked next, and may not be here.
  case unasked
}

/// Brings what Razorpay says of a payment into the books: the one way to a credit, for redirect and webhook alike.
public struct ConfirmPayment: Sendable {
  private let payments: any PaymentRepository
  private let refunds: any RefundRepository
  private let gateway: any PaymentGateway

  public init(payments: any PaymentRepository, refunds: any RefundRepository, gateway: any PaymentGateway) {
    self.payments = payments
    self.refunds = refunds
    self.gateway = gateway
  }

  /// - Parameters:
  ///   - budget: for all questions to Razorpay; what cannot be asked within it is asked later.
  ///   - asking: whether Razorpay may be asked; where it has to be and may not, the answer is `unasked`.
  /// - Throws: `paymentMismatch` where it is no payment of this order's price. Of this order all the same, it goes back.
  public func callAsFunction(
    _ payment: GatewayPayment, of order: Order, cause: Cause, within budget: ProviderTimeBudget = .unlimited,
    asking: Bool = true
  ) async throws(BillingError) -> PaymentOutcome {
    // What was paid before the upgrade is in the opening balance, and news of it come late.
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
    // It may become anything yet: whoever listed it tells of it.
    case .unknown: return .pending
    }
  }

  /// News are a snapshot, which may lack who bears the fee. Razorpay's present record decides, and where it cannot be read
  /// nothing is sent back.
  private func mismatch(
    _ payment: GatewayPayment, _ order: Order, _ cause: Cause, _ budget: ProviderTimeBudget, _ asking: Bool
  ) async throws(BillingError) -> PaymentOutcome {
    let isOwn = payment.orderID == order.razorpayOrderID
    // How much of it is the fee Razorpay has not said yet.
    if isOwn, payment.mayPay(order.price) { return .pending }
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

  /// Automatic capture was asked for; where it did not happen we ask. Not captured in time, Razorpay sends it back.
  private func capture(
    _ payment: GatewayPayment, _ order: Order, _ cause: Cause, _ budget: ProviderTimeBudget, _ asking: Bool
  ) async throws(BillingError) -> PaymentOutcome {
    try await payments.note(payment, of: order, mismatch: false)
    if order.status.isPaid { return .stale }
    // Not captured, it goes back by itself.
    guard order.sellsTalkTime else { return .stale }
    guard asking else { return .unasked }
    guard !budget.isSpent else { return .pending }
    do {
      // A fee that the customer bears is captured with it.
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
    _ payment: GatewayPayment, _ order: Order, _ cause: Cause, _ budget: ProviderTimeBudget, _ asking: Bool
  ) async throws(BillingError) -> PaymentOutcome {
    switch try await payments.capture(payment, of: order, cause: cause) {
    case .credited(let balance): return .captured(balance: balance)
    case .surplus:
      if payment.status == .refunded || payment.unreturned == .zero { return .returned }
      return try await giveBack(payment, order, cause, budget, asking)
    }
  }

  /// The first attempt is made at once. Where Razorpay cannot be asked now or refuses, a worker asks again: the refund
  /// stands in the books, and whoever brings the same news meanwhile does not press.
  private func giveBack(
    _ payment: GatewayPayment, _ order: Order, _ cause: Cause, _ budget: ProviderTimeBudget, _ asking: Bool
  ) async throws(BillingError) -> PaymentOutcome {
    guard asking else { return .unasked }
    var payment = payment
    // News may be old, and nobody waits for what becomes of them: Razorpay's present record says what is left.
    if budget.left == nil, let record = try? await gateway.payment(payment.id, within: nil) {
      if record.status == .refunded || record.unreturned == .zero { return .returned }
      payment = record
    }
    return try await send(payment, order, cause, budget)
  }

  private func send(
    _ payment: GatewayPayment, _ order: Order, _ cause: Cause, _ budget: ProviderTimeBudget
  ) async throws(BillingError) -> PaymentOutcome {
    var refund: Refund
    do { refund = try await refunds.requestReturn(of: payment, order: order) } catch {
      // It was credited: news of another amount do not undo that.
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
