import Domain

/// Asks Razorpay to make a stored refund, or asks for its result. The refund's id is the idempotency key and the
/// receipt. A refund that was requested before is first looked up by its receipt. A refusal counts only if Razorpay's
/// own list has no such refund. A repeat therefore never sends money twice.
public struct SendRefund: Sendable {
  private let refunds: any RefundRepository
  private let gateway: any PaymentGateway

  public init(refunds: any RefundRepository, gateway: any PaymentGateway) {
    self.refunds = refunds
    self.gateway = gateway
  }

  /// - Returns: the refund as it is now; still `requested` if Razorpay could not be asked.
  @discardableResult
  public func callAsFunction(
    _ refund: Refund, cause: LedgerCause, within budget: ProviderTimeBudget = .unlimited
  ) async throws(BillingError) -> Refund {
    if let razorpayID = refund.razorpayID {
      do {
        let answer = try await gateway.refund(razorpayID, within: budget.left)
        return try await refunds.record(answer, of: refund.order, cause: cause)
      } catch let error as BillingError {
        throw error
      } catch {
        // Razorpay no longer refuses a refund that it knows by its id.
        return refund
      }
    }
    if refund.asked > 0 || refund.attempt > 1 {
      switch try await look(for: refund, cause, budget) {
      case .here(let known): return known
      case .silent: return refund
      case .notThere, .paymentUnknown: break
      }
    }
    return try await ask(for: refund, cause, budget)
  }

  private func ask(for refund: Refund, _ cause: LedgerCause, _ budget: ProviderTimeBudget) async throws(BillingError)
    -> Refund
  {
    guard !budget.isSpent else { return refund }
    let answer: GatewayRefund
    do {
      answer = try await gateway.refund(
        refund.paymentID, refund.money.amount, key: refund.id.description, within: budget.left)
    } catch {
      switch error {
      // A 404 is a wrong path or a proxy: Razorpay answers otherwise when it refuses.
      case .unavailable, .credentialsRefused, .notFound: return refund
      case .refused: return try await refused(refund, cause, budget)
      }
    }
    return try await refunds.record(answer, of: refund.order, cause: cause)
  }

  /// Compares Razorpay's refusal with its list: this try or an earlier one may have made the refund.
  private func refused(
    _ refund: Refund, _ cause: LedgerCause, _ budget: ProviderTimeBudget
  ) async throws(BillingError) -> Refund {
    switch try await look(for: refund, cause, budget) {
    case .here(let known): return known
    case .silent: return refund
    case .notThere, .paymentUnknown: return try await refunds.refuse(refund.id, cause: cause)
    }
  }

  private enum Sight {
    case here(Refund)
    case notThere
    /// Razorpay refuses to list the refunds of a payment that it does not know.
    case paymentUnknown
    case silent
  }

  /// Records all refunds that Razorpay has of the payment, so that money that was sent back another way is not sent
  /// again.
  private func look(
    for refund: Refund, _ cause: LedgerCause, _ budget: ProviderTimeBudget
  ) async throws(BillingError) -> Sight {
    guard !budget.isSpent else { return .silent }
    let listed: [GatewayRefund]
    do { listed = try await gateway.refunds(ofPayment: refund.paymentID, within: budget.left) } catch {
      if case .refused = error { return .paymentUnknown }
      return .silent
    }
    if let own = listed.first(where: { $0.receipt == refund.id.description }) {
      return .here(try await refunds.record(own, of: refund.order, cause: cause))
    }
    for other in listed where other.status != .failed && other.money.currency == refund.money.currency {
      _ = try await refunds.record(other, of: refund.order, cause: cause)
    }
    // Those refunds may have replaced this one.
    let now = try await refunds.refunds(of: refund.order).first { $0.id == refund.id }
    if let now, now.status != .requested { return .here(now) }
    return .notThere
  }
}
