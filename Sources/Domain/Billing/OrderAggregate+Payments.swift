extension OrderAggregate {
  /// The result of a captured payment.
  public enum Capture: Sendable, Equatable {
    /// The payment was credited, now or before.
    case credited
    /// Another payment has paid the order, this payment was already returned, or the account was deleted.
    case surplus
  }

  /// Credits the order's talk time once. Refunds of the payment that were reported before take their time at once.
  /// - Throws: `creditedElsewhere`.
  public mutating func capture(_ payment: GatewayPayment) throws(OrderAggregateError) -> Capture {
    see(payment, as: payment.status == .refunded ? .refunded : .captured)
    guard order.sellsTalkTime else {
      close()
      return .surplus
    }
    if let creditedPayment { return creditedPayment == payment.id ? .credited : .surplus }
    guard !isOwnerGone else {
      close()
      return .surplus
    }
    guard let index = payments.firstIndex(where: { $0.id == payment.id }), !goesBack(payments[index]) else {
      return .surplus
    }
    guard !payments[index].isCredited else { throw .creditedElsewhere }
    payments[index].isCredited = true
    order.status = .paid
    isPaid = true
    steps.append(.credit(order.talkTime, .purchase, reference: "payment:\(payment.id)"))
    events.append(
      PaymentCaptured(
        userID: order.user, orderID: order.id.description, paymentID: payment.id, amount: payment.money.amount,
        currency: payment.money.currency, talkTime: order.talkTime))
    for index in refunds.indices {
      let refund = refunds[index].refund
      guard refund.paymentID == payment.id, refund.talkTime == nil, refund.status != .failed else { continue }
      take(at: index)
      if refund.status == .processed { settle(at: index) }
    }
    refreshStatus()
    return .credited
  }

  /// Stores a payment that credits nothing. A later capture still credits.
  /// - Parameter mismatch: whether the payment's amount, currency or order differs from the stored order.
  public mutating func note(_ payment: GatewayPayment, mismatch: Bool) {
    let hasFailed = payment.status == .failed
    let isNew = see(payment, as: mismatch ? .mismatch : hasFailed ? .failed : .authorized)
    guard creditedPayment == nil, !mismatch else { return }
    if [.creating, .created, .failed].contains(order.status) { order.status = hasFailed ? .failed : .authorized }
    if isNew, hasFailed {
      events.append(
        PaymentFailed(userID: order.user, orderID: order.id.description, paymentID: payment.id))
    }
  }

  /// Stores the payment. Its status only rises in rank. A payment that was stored under another order moves to this
  /// order, its own.
  /// - Returns: whether the payment was unknown.
  @discardableResult
  private mutating func see(_ payment: GatewayPayment, as status: PaymentStatus) -> Bool {
    let fee = payment.customerFee(for: order.price)
    guard let index = payments.firstIndex(where: { $0.id == payment.id }) else {
      payments.append(
        OrderPayment(id: payment.id, order: order.id, money: payment.money, status: status, customerFee: fee))
      return true
    }
    guard payments[index].status < status else { return false }
    payments[index].status = status
    payments[index].customerFee = max(payments[index].customerFee, fee)
    if !payments[index].isCredited { payments[index].order = order.id }
    return false
  }

  /// Whether Razorpay refunded the payment before it was credited, as it does without a capture in time, or a return of
  /// the payment has begun under any order.
  private func goesBack(_ payment: OrderPayment) -> Bool {
    payment.status == .refunded || !returns(of: payment.id).isEmpty || returnedElsewhere.contains(payment.id)
  }

  /// Closes the order, because its money is returned: no user is asked to pay it any more.
  private mutating func close() {
    guard [.creating, .created, .authorized, .failed].contains(order.status) else { return }
    order.status = .expired
    isClosed = true
  }
}
