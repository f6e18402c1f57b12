extension OrderAggregate {
  /// Freezes the wallet while the dispute is open. A lost dispute takes talk time as a refund does. A late report does
  /// not open a decided dispute again.
  public mutating func apply(_ dispute: GatewayDispute, newID: () -> RefundID) {
    guard let index = noted(dispute) else { return }
    let cause = FreezeCause.dispute(dispute.id)
    steps.append(dispute.status.isOpen ? .freeze(cause, reason: "a payment is disputed") : .thaw(cause))
    if dispute.status == .lost {
      let isCredited = creditedPayment == dispute.paymentID
      // A return that waits has sent nothing yet. The bank took the money first, so only the rest is returned.
      disputes[index].refund = takeLost(of: dispute.paymentID, besideReturns: isCredited, newID)
      if !isCredited { arrangeReturn(of: dispute.paymentID, newID) }
    }
    refreshStatus()
  }

  /// - Returns: the dispute's index; nil for an outdated report.
  private mutating func noted(_ dispute: GatewayDispute) -> Int? {
    guard let index = disputes.firstIndex(where: { $0.id == dispute.id }) else {
      disputes.append(
        OrderDispute(
          id: dispute.id, paymentID: dispute.paymentID, money: dispute.money, status: dispute.status))
      return disputes.count - 1
    }
    let known = disputes[index].status
    guard known.isOpen, known != dispute.status, dispute.status != .created else { return nil }
    disputes[index].status = dispute.status
    return index
  }

  /// Takes the talk time for what the bank took by lost disputes and no refund of ours has taken yet. This is at most
  /// the part of the payment that was not refunded otherwise. A refund that fails later leaves room for the rest, which
  /// is taken then. If the payment has credited nothing yet, the time is taken after the credit.
  /// - Parameter besideReturns: the amount of a return that waits counts as sent.
  /// - Returns: the refund that takes the time; nil if nothing is to be taken.
  @discardableResult
  mutating func takeLost(of payment: String, besideReturns: Bool = true, _ newID: () -> RefundID) -> RefundID? {
    let lost = disputes.filter { $0.paymentID == payment && $0.status == .lost }
      .map(\.money.amount).reduce(.zero, +)
    let taken = refunds.map(\.refund).filter {
      $0.paymentID == payment && $0.origin == .dispute && $0.status != .failed
    }.map(\.money.amount).reduce(.zero, +)
    let amount = min(lost - taken, left(of: payment) { besideReturns || !$0.isWaitingReturn })
    guard amount > .zero else { return nil }
    let index = insert(payment, Money(amount, order.price.currency), .dispute, newID())
    let isCredited = creditedPayment == payment
    if isCredited { take(at: index) }
    refunds[index].refund.status = .processed
    refunds[index].question = .never
    if isCredited { settle(at: index) }
    return refunds[index].id
  }
}
