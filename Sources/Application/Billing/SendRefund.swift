import Domain

/// Asks Razorpay for a refund that stands in the books, or what became of it. The refund's id is the idempotency key, so
/// that asking again never sends money twice.
public struct SendRefund: Sendable {
  private let refunds: any RecordsRefunds
  private let gateway: any PaymentGateway

  public init(refunds: any RecordsRefunds, gateway: any PaymentGateway) {
    self.refunds = refunds
    self.gateway = gateway
  }

  /// - Returns: the refund as it is now; still `requested` where Razorpay could not be asked.
  @discardableResult
  public func callAsFunction(_ refund: Refund, cause: Cause) async throws(BillingError) -> Refund {
    let answer: GatewayRefund
    do {
      if let razorpayID = refund.razorpayID {
        answer = try await gateway.refund(razorpayID)
      } else {
        answer = try await gateway.refund(refund.paymentID, refund.money.amount, key: refund.id.description)
      }
    } catch {
      switch error {
      case .unavailable, .credentialsRefused: return refund
      case .refused, .notFound:
        // What Razorpay knows by its id is not refused any more.
        guard refund.razorpayID == nil else { return refund }
        return try await refunds.refuse(refund.id, cause: cause)
      }
    }
    return try await refunds.record(answer, of: refund.order, cause: cause)
  }
}
