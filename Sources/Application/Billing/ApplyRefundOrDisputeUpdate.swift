import Domain

/// Records what Razorpay reports about refunds and disputes.
public struct ApplyRefundOrDisputeUpdate: RefundAndDisputeReportHandler {
  private let orders: any OrderRepository
  private let refunds: any RefundRepository
  private let gateway: any PaymentGateway

  public init(orders: any OrderRepository, refunds: any RefundRepository, gateway: any PaymentGateway) {
    self.orders = orders
    self.refunds = refunds
    self.gateway = gateway
  }

  /// - Returns: false if the order is not in the store.
  /// - Throws: `paymentMismatch` if the refund cannot be a refund of this payment of the order.
  public func callAsFunction(
    _ refund: GatewayRefund, of payment: GatewayPayment, cause: LedgerCause
  ) async throws(BillingError) -> Bool {
    guard let order = try await order(of: payment) else { return false }
    // A payment may exceed the price of its order: the fee that the customer bears is refunded with it.
    guard refund.paymentID == payment.id, refund.money.currency == payment.money.currency,
      refund.money.amount <= payment.money.amount
    else { throw .paymentMismatch }
    _ = try await refunds.record(refund, of: order.id, cause: cause)
    return true
  }

  /// - Returns: false if the order is not in the store.
  /// - Throws: `paymentMismatch` if the dispute is not about this payment.
  public func callAsFunction(
    _ dispute: GatewayDispute, of payment: GatewayPayment, cause: LedgerCause
  ) async throws(BillingError) -> Bool {
    guard let order = try await order(of: payment) else { return false }
    guard dispute.paymentID == payment.id else { throw .paymentMismatch }
    try await refunds.record(dispute, of: order.id, cause: cause)
    return true
  }

  private func order(of payment: GatewayPayment) async throws(BillingError) -> Order? {
    guard let razorpayOrder = payment.orderID else { return nil }
    return try await orders.order(razorpayID: razorpayOrder)
  }

  /// Records a refund that the reconciler found. A refund that belongs to none of our orders is left alone.
  public func repair(_ refund: GatewayRefund) async throws(BillingError) {
    let payment: GatewayPayment
    do { payment = try await gateway.payment(refund.paymentID, within: nil) } catch { throw .unavailable }
    _ = try await self(refund, of: payment, cause: "reconciler")
  }

  /// - Throws: `orderNotFound` if the dispute belongs to none of our orders.
  public func repair(_ dispute: GatewayDispute) async throws(BillingError) {
    let payment: GatewayPayment
    do { payment = try await gateway.payment(dispute.paymentID, within: nil) } catch { throw .unavailable }
    guard try await self(dispute, of: payment, cause: "reconciler") else { throw .orderNotFound }
  }
}
