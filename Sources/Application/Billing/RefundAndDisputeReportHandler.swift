import Domain

/// Records what Razorpay reports about a refund or a dispute. A repeated report has no effect.
public protocol RefundAndDisputeReportHandler: Sendable {
  func repair(_ refund: GatewayRefund) async throws(BillingError)
  func repair(_ dispute: GatewayDispute) async throws(BillingError)
}
