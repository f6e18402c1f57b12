import Domain

public enum PaymentOutcome: Sendable, Equatable {
  case captured(balance: TalkTime)
  /// Not captured yet, or it cannot be known just now.
  case pending
  case failed
  /// A second payment of a paid order; it was sent back.
  case returned
  /// News from before the order was paid.
  case stale
  /// Razorpay has to be asked next, and may not be here.
  case unasked
}

/// Brings what Razorpay says of a payment into the books: the one way to a credit, for redirect and webhook alike.
public struct ConfirmPayment: Sendable {
  private let books: any RecordsPayments
  private let refunds: any RecordsRefunds
  private let gateway: any PaymentGateway

  public init(books: any RecordsPayments, refunds: any RecordsRefunds, gateway: any PaymentGateway) {
    self.books = books
    self.refunds = refunds
    self.gateway = gateway
  }

  /// - Parameter asking: whether Razorpay may be asked; where it has to be and may not, the answer is `unasked`.
  public func callAsFunction(
    _ payment: GatewayPayment, of order: Order, cause: Cause, within deadline: Duration? = nil, asking: Bool = true
  ) async throws(BillingError) -> PaymentOutcome {
    // What was paid before the upgrade is in the opening balance, and news of it come late.
    if order.status == .legacy || order.status.isPaid && !order.sellsTalkTime { return .stale }
    guard payment.orderID == order.razorpayOrderID, payment.money == order.price || !order.sellsTalkTime else {
      try await books.note(payment, of: order, mismatch: true)
      throw .paymentMismatch
    }
    switch payment.status {
    case .created: return .pending
    case .failed:
      try await books.note(payment, of: order, mismatch: false)
      return .failed
    case .authorized: return try await capture(payment, order, cause, deadline, asking)
    case .captured, .refunded: return try await credit(payment, order, cause, asking)
    // It may become anything yet: whoever listed it tells of it.
    case .unknown: return .pending
    }
  }

  /// Automatic capture was asked for; where it did not happen we ask. Not captured in time, Razorpay sends it back.
  private func capture(
    _ payment: GatewayPayment, _ order: Order, _ cause: Cause, _ deadline: Duration?, _ asking: Bool
  ) async throws(BillingError) -> PaymentOutcome {
    try await books.note(payment, of: order, mismatch: false)
    if order.status.isPaid { return .stale }
    // Not captured, it goes back by itself.
    guard order.sellsTalkTime else { return .stale }
    guard asking else { return .unasked }
    do {
      let captured = try await gateway.capture(payment.id, payment.money, within: deadline)
      guard captured.status == .captured else { return .pending }
      return try await credit(captured, order, cause, asking)
    } catch let error as BillingError {
      throw error
    } catch {
      return .pending
    }
  }

  private func credit(
    _ payment: GatewayPayment, _ order: Order, _ cause: Cause, _ asking: Bool
  ) async throws(BillingError) -> PaymentOutcome {
    switch try await books.capture(payment, of: order, cause: cause) {
    case .credited(let balance): return .captured(balance: balance)
    case .surplus:
      if payment.status == .refunded { return .returned }
      let refund = try await refunds.requestReturn(of: payment, order: order)
      if refund.status == .requested {
        guard asking else { return .unasked }
        // Where Razorpay cannot be asked now, it is asked again: the refund stands in the books.
        try await SendRefund(refunds: refunds, gateway: gateway)(refund, cause: cause)
      }
      return .returned
    }
  }
}
