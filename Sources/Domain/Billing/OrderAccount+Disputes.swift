extension OrderAccount {
  /// Freezes the wallet while the dispute is open; a lost one takes the time as a refund does. What was decided is not
  /// opened again by news that come late.
  public mutating func apply(_ dispute: GatewayDispute, newID: () -> RefundID) {
    guard let index = noted(dispute) else { return }
    let cause = FreezeCause.dispute(dispute.id)
    steps.append(dispute.status.isOpen ? .freeze(cause, reason: "a payment is disputed") : .thaw(cause))
    if dispute.status == .lost {
      let isCredited = creditedPayment == dispute.paymentID
      // A return that waits has sent nothing yet: the bank was faster, and what is left alone goes back.
      disputes[index].refund = takeLost(of: dispute.paymentID, besideReturns: isCredited, newID)
      if !isCredited { arrangeReturn(of: dispute.paymentID, newID) }
    }
    refreshStatus()
  }

  /// - Returns: its index; nil for old news.
  private mutating func noted(_ dispute: GatewayDispute) -> Int? {
    guard let index = disputes.firstIndex(where: { $0.id == dispute.id }) else {
      disputes.append(
        AccountedDispute(
          id: dispute.id, paymentID: dispute.paymentID, money: dispute.money, status: dispute.status))
      return disputes.count - 1
    }
    let known = disputes[index].status
    guard known.isOpen, known != dispute.status, dispute.status != .created else { return nil }
    disputes[index].status = dispute.status
    return index
  }

  /// What the bank took by lost disputes and no refund of ours has taken yet: at most what of the payment was not sent
  /// back otherwise. A refund that fails later leaves room for the rest, which is taken then. Where the payment has
  /// credited nothing yet, the time is taken when it has.
  /// - Parameter besideReturns: what a return that waits is to send counts as sent.
  /// - Returns: the refund that takes it; nil where nothing is to be taken.
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
