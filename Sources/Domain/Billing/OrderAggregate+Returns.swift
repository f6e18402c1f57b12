/// The return of a payment that credits nothing. Attempts go on until the payment is returned: the next attempt is
/// stored together with the failure of the last one.
extension OrderAggregate {
  /// Requests the whole return of a payment that credited nothing.
  /// - Returns: the newest attempt; `failed` if an operator has to start again.
  /// - Throws: `notRefundable` for the payment that was credited.
  public mutating func requestReturn(
    of payment: GatewayPayment, newID: () -> RefundID
  ) throws(OrderAggregateError) -> Refund {
    guard creditedPayment != payment.id else { throw .notRefundable }
    let returns = returns(of: payment.id)
    if let made = returns.last(where: { $0.status != .failed }) ?? returns.last { return made }
    return insertReturn(of: payment, attempt: 1, newID)
  }

  /// Starts the return now: with the current attempt, or with a new one.
  /// - Throws: `notRefundable` if the payment was credited or may still be credited.
  public mutating func returnAgain(
    _ payment: GatewayPayment, newID: () -> RefundID
  ) throws(OrderAggregateError) -> Refund {
    let returns = returns(of: payment.id)
    // An order without a credit may still be paid by this payment.
    guard creditedPayment != payment.id, creditedPayment != nil || !returns.isEmpty else { throw .notRefundable }
    if let standing = returns.last(where: { $0.status != .failed }) { return standing }
    return insertReturn(of: payment, attempt: (returns.last?.attempt ?? 0) + 1, newID)
  }

  /// The refunds that an operator may have to check: those that Razorpay has not accepted, and a failed return that has
  /// no later attempt and whose payment is not fully refunded.
  public var waiting: [OrderRefund] {
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

  /// Whether the payment certainly credits nothing: another payment was credited, the order sells no time, its account
  /// was deleted, or a return was requested before.
  func owesBack(_ payment: String) -> Bool {
    if let creditedPayment { return creditedPayment != payment }
    return !order.sellsTalkTime || isOwnerGone || !returns(of: payment).isEmpty
  }

  /// Reports that a payment that credited nothing is returned.
  mutating func tellReturned(_ refund: Refund) {
    events.append(
      PaymentReturned(
        userID: order.user, orderID: order.id.description, paymentID: refund.paymentID,
        refundID: refund.id.description, amount: refund.money.amount, currency: order.price.currency))
  }

  /// Stores the next attempt, and drops an attempt that another refund has replaced.
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
    // A refund that was made outside this system and came back from the bank has no attempt here yet.
    let attempt = returns.last?.attempt ?? 0
    let hasFailed = all.contains { $0.status == .failed }
    guard left > .zero, attempt > 0 || hasFailed && owesBack(payment),
      let pause = attempt > 0 ? PaymentReturnSchedule.pause(after: attempt) : .zero,
      let currency = all.last?.money.currency
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

extension OrderRefund {
  /// Whether the refund is a return that has sent nothing yet.
  var isWaitingReturn: Bool { refund.origin == .surplus && refund.status == .requested }
}
