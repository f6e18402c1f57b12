import Domain

/// Brings what Razorpay tells of refunds and disputes into the books.
public struct ApplyRefundUpdate: RefundUpdateHandler {
  private let orders: any OrderRepository
  private let refunds: any RefundRepository
  private let gateway: any PaymentGateway

  public init(orders: any OrderRepository, refunds: any RefundRepository, gateway: any PaymentGateway) {
    self.orders = orders
    self.refunds = refunds
    self.gateway = gateway
  }

  /// - Returns: false where the order is not ours.
  /// - Throws: `paymentMismatch` where it cannot be a refund of this payment of the order.
  public func callAsFunction(
    _ refund: GatewayRefund, of payment: GatewayPayment, cause: Cause
  ) async throws(BillingError) -> Bool {
    guard let order = try await order(of: payment) else { return false }
    // A payment may be dearer than its order: the fee that its customer bears goes back with it.
    guard refund.paymentID == payment.id, refund.money.currency == payment.money.currency,
      refund.money.amount <= payment.money.amount
    else { throw .paymentMismatch }
    _ = try await refunds.record(refund, of: order.id, cause: cause)
    return true
  }

  /// - Returns: false where the order is not ours.
  /// - Throws: `paymentMismatch` where it is not of this payment.
  public func callAsFunction(
    _ dispute: GatewayDispute, of payment: GatewayPayment, cause: Cause
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

  /// What the reconciler found; a refund that is not of ours is left alone.
  public func repair(_ refund: GatewayRefund) async throws(BillingError) {
    let payment: GatewayPayment
    do { payment = try await gateway.payment(refund.paymentID, within: nil) } catch { throw .unavailable }
    _ = try await self(refund, of: payment, cause: "reconciler")
  }

  /// - Throws: `orderNotFound` where it is not of ours.
  public func repair(_ dispute: GatewayDispute) async throws(BillingError) {
    let payment: GatewayPayment
    do { payment = try await gateway.payment(dispute.paymentID, within: nil) } catch { throw .unavailable }
    guard try await self(dispute, of: payment, cause: "reconciler") else { throw .orderNotFound }
  }
}
