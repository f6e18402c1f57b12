import Domain

/// Sends back a payment that credited nothing, at an operator's request. Earlier attempts do not prevent it.
public struct ReturnPayment: Sendable {
  private let orders: any OrderRepository
  private let refunds: any RefundRepository
  private let gateway: any PaymentGateway

  public init(orders: any OrderRepository, refunds: any RefundRepository, gateway: any PaymentGateway) {
    self.orders = orders
    self.refunds = refunds
    self.gateway = gateway
  }

  /// - Parameter paymentID: Razorpay's id of the payment.
  /// - Returns: the attempt; `failed` if Razorpay refuses this attempt too.
  /// - Throws: `orderNotFound` if the payment belongs to none of our orders, `notRefundable` if it was credited or
  ///   never captured, `nothingToRefund` if all of it was sent back, `unavailable` if Razorpay cannot be asked.
  public func callAsFunction(_ paymentID: String, _ auditNote: AuditNote) async throws(BillingError) -> Refund {
    let payment: GatewayPayment
    do { payment = try await gateway.payment(paymentID, within: nil) } catch {
      switch error {
      case .notFound, .refused: throw .orderNotFound
      case .unavailable, .credentialsRefused: throw .unavailable
      }
    }
    guard let razorpayOrder = payment.orderID, let order = try await orders.order(razorpayID: razorpayOrder) else {
      throw .orderNotFound
    }
    guard [.captured, .refunded].contains(payment.status) else { throw .notRefundable }
    guard payment.unreturned > .zero else { throw .nothingToRefund }
    let refund = try await refunds.returnAgain(payment, order: order, auditNote)
    guard refund.status == .requested else { return refund }
    return try await SendRefund(refunds: refunds, gateway: gateway)(refund, cause: auditNote.cause)
  }
}
