import Domain

/// Brings what Razorpay says of a refund or a dispute into the books. Doing it again does nothing.
public protocol RefundUpdateHandler: Sendable {
  func repair(_ refund: GatewayRefund) async throws(BillingError)
  func repair(_ dispute: GatewayDispute) async throws(BillingError)
}
