import Domain

/// An operator's refund: it is stored first, then sent to Razorpay. A stored refund is sent even if this process dies.
public struct RefundOrder: Sendable {
  private let refunds: any RefundRepository
  private let send: SendRefund

  public init(refunds: any RefundRepository, send: SendRefund) {
    self.refunds = refunds
    self.send = send
  }

  /// - Throws: `refundRefused` if Razorpay refuses the refund for good. The talk time is then given back, and a repeat
  ///   of the request throws the error again. A refund that Razorpay accepted and the bank did not is returned as it
  ///   stands.
  public func callAsFunction(_ request: RefundInstruction) async throws(BillingError) -> Refund {
    var refund = try await refunds.request(request)
    if refund.status == .requested { refund = try await send(refund, cause: .actor(request.actor.description)) }
    guard refund.status != .failed || refund.razorpayID != nil else { throw .refundRefused }
    return refund
  }
}
