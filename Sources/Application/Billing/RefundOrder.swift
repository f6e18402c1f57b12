import Domain

/// An operator's refund: first the books, then Razorpay. What the books hold is sent even if this process dies here.
public struct RefundOrder: Sendable {
  private let refunds: any RecordsRefunds
  private let send: SendRefund

  public init(refunds: any RecordsRefunds, send: SendRefund) {
    self.refunds = refunds
    self.send = send
  }

  /// - Throws: `refundRefused` where Razorpay refuses it for good; the time is back then.
  public func callAsFunction(_ request: RefundRequest) async throws(BillingError) -> Refund {
    let refund = try await refunds.request(request)
    guard refund.status == .requested else { return refund }
    let sent = try await send(refund, cause: .actor(request.actor.description))
    guard sent.status != .failed else { throw .refundRefused }
    return sent
  }
}
