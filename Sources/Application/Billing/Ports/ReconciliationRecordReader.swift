import Domain

/// Reads our records of payments, disputes and refunds that Razorpay names or that are in a period.
public protocol ReconciliationRecordReader: Sendable {
  /// Our orders, by Razorpay's id of the order.
  func orders(razorpayIDs: [String]) async throws(BillingError) -> [String: Order]
  func payments(_ ids: [String]) async throws(BillingError) -> [RecordedPayment]
  /// The payments that were credited in the period, by the store's clock.
  func credited(in period: ReconciliationPeriod) async throws(BillingError) -> [RecordedPayment]
  func refunds(_ razorpayIDs: [String]) async throws(BillingError) -> [RecordedRefund]
  /// The status of each dispute, by Razorpay's id.
  func disputes(_ razorpayIDs: [String]) async throws(BillingError) -> [String: DisputeStatus]
}
