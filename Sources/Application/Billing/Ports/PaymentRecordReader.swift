import Domain

/// What our books say of payments and refunds that Razorpay names, or that a period holds.
public protocol PaymentRecordReader: Sendable {
  /// By Razorpay's id of the order.
  func orders(razorpayIDs: [String]) async throws(BillingError) -> [String: Order]
  func payments(_ ids: [String]) async throws(BillingError) -> [RecordedPayment]
  /// What was credited in the period, by the store's clock.
  func credited(in period: GatewayPeriod) async throws(BillingError) -> [RecordedPayment]
  func refunds(_ razorpayIDs: [String]) async throws(BillingError) -> [RecordedRefund]
  /// By Razorpay's id.
  func disputes(_ razorpayIDs: [String]) async throws(BillingError) -> [String: DisputeStatus]
}
