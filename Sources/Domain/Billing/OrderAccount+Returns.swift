/// The return of a payment that credits nothing. It goes on until the payment is back: the next attempt is written down
/// with the failure of the last one.
extension OrderAccount {
  /// A payment that credited nothing is to go back whole.
  /// - Returns: the newest attempt; `failed` where an operator has to begin again.
  /// - Throws: `notRefundable` for the payment that was credited.
  public mutating func requestReturn(
    of payment: GatewayPayment, newID: () -> RefundID
  ) throws(OrderAccountError) -> Refund {
    guard creditedPayment != payment.id else { throw .notRefundable }
    let returns = returns(of: payment.id)
    if let made = returns.last(where: { $0.status != .failed }) ?? returns.last { return made }
    return insertReturn(of: payment, attempt: 1, newID)
  }

  /// It is to go back now: the attempt that stands, or a new one.
  /// - Throws: `notRefundable` where the payment was credited, or may be yet.
  public mutating func returnAgain(
    _ payment: GatewayPayment, newID: () -> RefundID
  ) throws(OrderAccountError) -> Refund {
    let returns = returns(of: payment.id)
    // An order that nothing was credited for may yet be paid with it.
    guard creditedPayment != payment.id, creditedPayment != nil || !returns.isEmpty else { throw .notRefundable }
    if let standing = returns.last(where: { $0.status != .failed }) { return standing }
    return insertReturn(of: payment, attempt: (returns.last?.attempt ?? 0) + 1, newID)
  }

  /// What an operator may have to look at: what Razorpay has not taken, and a return that failed, while no later attempt
  /// stands and something of its payment is left.
  public var waiting: [AccountedRefund] {
    refunds.filter { waiting in
      let refund = waiting.refund
      if refund.status == .requested { return true }
      guard refund.origin == .surplus, refund.status == .failed else { return false }
      let returns = returns(of: refund.paymentID)
      return returns.last?.id == refund.id && returns.allSatisfy { $0.status == .failed }
        && left(of: refund.paymentID) > .zero
    }
  }

  func returns(of payment: String) -> [Refund] {
    refunds.map(\.refund).filter { $0.paymentID == payment && $0.origin == .surplus }
  }

  /// Whether the payment certainly credits nothing: another one was credited, the order sells no time, or it was to go
  /// back before.
  func owesBack(_ payment: String) -> Bool {
    if let creditedPayment { return creditedPayment != payment }
    return !order.sellsTalkTime || !returns(of: payment).isEmpty
  }

  /// That a payment which credited nothing is back.
  mutating func tellReturned(_ refund: Refund) {
    events.append(
      PaymentReturned(
        userID: order.user, orderID: order.id.description, paymentID: refund.paymentID,
        refundID: refund.id.description, amount: refund.money.amount, currency: order.price.currency))
  }

  /// The next attempt is written down, and one that another refund has taken the place of is dropped.
  mutating func arrangeReturn(of payment: String, _ newID: () -> RefundID) {
    let all = refunds.map(\.refund).filter { $0.paymentID == payment }
    let returns = returns(of: payment)
    let left = left(of: payment) { !$0.isWaitingReturn }
    if let waiting = refunds.lastIndex(where: { $0.refund.paymentID == payment && $0.isWaitingReturn }) {
      guard refunds[waiting].refund.money.amount > left else { return }
      refunds[waiting].refund.status = .failed
      refunds[waiting].wasRefused = true
      refunds[waiting].question = .never
    }
    // One that went back by another's hand, and came back from the bank, has no attempt of ours yet.
    let attempt = returns.last?.attempt ?? 0
    let hasFailed = all.contains { $0.status == .failed }
    guard left > .zero, attempt > 0 || hasFailed && owesBack(payment),
      let pause = attempt > 0 ? ReturnSchedule.pause(after: attempt) : .zero, let currency = all.last?.money.currency
    else { return }
    _ = insert(payment, Money(left, currency), .surplus, newID(), attempt: attempt + 1, pause: pause)
  }

  private mutating func insertReturn(
    of payment: GatewayPayment, attempt: Int, _ newID: () -> RefundID
  ) -> Refund {
    let money = Money(payment.unreturned, payment.money.currency)
    return refunds[insert(payment.id, money, .surplus, newID(), attempt: attempt)].refund
  }
}

extension AccountedRefund {
  /// A return that has sent nothing yet.
  var isWaitingReturn: Bool { refund.origin == .surplus && refund.status == .requested }
}
