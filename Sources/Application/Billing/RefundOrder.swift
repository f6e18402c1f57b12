import Domain

/// An operator's refund: first the books, then Razorpay. What the books hold is sent even if this process dies here.
public struct RefundOrder: Sendable {
  private let refunds: any RefundRepository
  private let send: SendRefund

  public init(refunds: any RefundRepository, send: SendRefund) {
    self.refunds = refunds
    self.send = send
  }

  /// - Throws: `refundRefused` where Razorpay refuses it for good; the time is back then. The repeat of such a request
  ///   throws it again. One that Razorpay took, and the bank did not, is answered as it stands.
  public func callAsFunction(_ request: RefundRequest) async throws(BillingError) -> Refund {
    var refund = try await refunds.request(request)
    if refund.status == .requested { refund = try await send(refund, cause: .actor(request.actor.description)) }
    guard refund.status != .failed || refund.razorpayID != nil else { throw .refundRefused }
    return refund
  }
}
