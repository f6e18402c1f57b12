import Domain

/// Brings what Razorpay says of a refund into the books. Doing it again does nothing.
public protocol RepairsRefunds: Sendable {
  func repair(_ refund: GatewayRefund) async throws(BillingError)
}
