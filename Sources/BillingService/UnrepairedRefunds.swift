import Application

/// Leaves refunds to the comparison's report.
struct UnrepairedRefunds: RepairsRefunds {
  func repair(_ refund: GatewayRefund) async throws(BillingError) { throw .unavailable }
}
