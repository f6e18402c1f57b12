import Domain

/// An operator sends back a payment that credited nothing, whatever became of it before.
public struct ReturnPayment: Sendable {
  private let orders: any OrderRepository
  private let refunds: any RefundRepository
  private let gateway: any PaymentGateway

  public init(orders: any OrderRepository, refunds: any RefundRepository, gateway: any PaymentGateway) {
    self.orders = orders
    self.refunds = refunds
    self.gateway = gateway
  }

  /// - Parameter paymentID: Razorpay's.
  /// - Returns: the attempt; `failed` where Razorpay refuses this one, too.
  /// - Throws: `orderNotFound` where it is no payment of an order of ours, `notRefundable` where it was credited or never
  ///   captured, `nothingToRefund` where all of it went back, `unavailable` where Razorpay cannot be asked.
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
