import Domain

/// Verifies what Checkout gave the page. The signature proves that Razorpay made it, but not that anything was
/// captured: Razorpay's own record is asked for that.
public struct VerifyPayment: Sendable {
  private let orders: any OrderRepository
  private let signatures: any PaymentSignatureVerifier
  private let gateway: any PaymentGateway
  private let confirm: ApplyPaymentUpdate

  public init(
    orders: any OrderRepository, signatures: any PaymentSignatureVerifier, gateway: any PaymentGateway,
    confirm: ApplyPaymentUpdate
  ) {
    self.orders = orders
    self.signatures = signatures
    self.gateway = gateway
    self.confirm = confirm
  }

  /// The time for all requests to Razorpay together: the answer is due within 3 s.
  private static let patience = Duration.milliseconds(2_700)

  /// - Parameter request: the id of the request, stored as the cause of the credit.
  public func callAsFunction(
    order razorpayOrderID: String, payment paymentID: String, signature: String, by user: UserID, request: String
  ) async throws(BillingError) -> PaymentOutcome {
    let budget = ProviderTimeBudget(Self.patience)
    guard let order = try await orders.order(razorpayID: razorpayOrderID), order.user == user else {
      throw .orderNotFound
    }
    guard signatures.isCheckout(signature, order: razorpayOrderID, payment: paymentID) else { throw .invalidSignature }
    let payment: GatewayPayment
    do {
      payment = try await gateway.payment(paymentID, within: budget.left)
    } catch {
      switch error {
      case .unavailable, .credentialsRefused: return .pending
      case .refused, .notFound: throw .paymentMismatch
      }
    }
    return try await confirm(payment, of: order, cause: .request(request), within: budget)
  }
}
