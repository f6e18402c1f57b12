/// A refund's time waits in a hold `refund:<id>`, as far as the wallet has that time. A processed refund settles the
/// hold, and the wallet owes what the hold and the wallet lack. A failed refund releases the hold, and the shares of
/// the other refunds are computed again. A refused refund that becomes valid again has its own entries,
/// `refund:<id>:again`, beside those of its refusal.
extension OrderAggregate {
  /// The smallest amount that Razorpay refunds: one rupee.
  public static let leastRefund = Paise(100)

  /// Stores an operator's refund and holds its time.
  /// - Parameters:
  ///   - available: what the user's wallet has available.
  ///   - newID: makes the identifier of a refund.
  /// - Returns: the existing refund if there is one with the same key.
  /// - Throws: `notRefundable`, `nothingToRefund`, `refundExceedsPayment`, `refundExceedsUnspent`.
  public mutating func requestRefund(
    _ request: RefundInstruction, available: TalkTime, newID: () -> RefundID
  ) throws(OrderAggregateError) -> (refund: Refund, isRepeat: Bool) {
    let actor = request.actor.description
    if let made = refunds.first(where: { $0.requestedBy == actor && $0.key == request.key }) {
      return (made.refund, true)
    }
    guard let payment = creditedPayment else { throw .notRefundable }
    let amount = try amount(of: request, payment, available)
    let index = insert(
      payment, Money(amount, order.price.currency), .operator, newID(), requestedBy: actor, key: request.key,
      reason: request.reason)
    take(at: index)
    return (refunds[index].refund, false)
  }

  private func amount(
    of request: RefundInstruction, _ payment: String, _ available: TalkTime
  ) throws(OrderAggregateError) -> Paise {
    let shares = shares
    let value = shares.value(ofUnspent: available)
    guard let asked = request.amount else {
      guard value >= Self.leastRefund else { throw .nothingToRefund }
      return value
    }
    guard shares.refundable > .zero else { throw .nothingToRefund }
    // A fee on top can be refunded with the last part of the price. No talk time was sold for the fee.
    let left = max(shares.refundable, left(of: payment))
    guard asked <= left else { throw .refundExceedsPayment(left: left) }
    guard request.force || asked <= value || value == shares.refundable else {
      throw .refundExceedsUnspent(value: value)
    }
    return asked
  }

  /// Applies Razorpay's record of a refund: a processed refund is settled, a failed one is released. A refund that
  /// counted as refused becomes valid again.
  public mutating func apply(_ refund: GatewayRefund, newID: () -> RefundID) -> Refund {
    let index = index(of: refund, newID)
    // Razorpay's report outranks a failure that only this system has stored.
    let known = refunds[index]
    if known.refund.razorpayID == nil, known.wasRefused, known.refund.status == .failed {
      refunds[index].refund.status = .requested
      refunds[index].isRevived = true
    }
    refunds[index].refund.razorpayID = refund.id
    move(index, to: RefundStatus(rawValue: refund.status.rawValue) ?? .pending, newID)
    return refunds[index].refund
  }

  /// Marks the refund as failed, because Razorpay refuses it and does not have it.
  /// - Returns: nil for a refund that is not of this order.
  public mutating func refuse(_ id: RefundID, newID: () -> RefundID) -> Refund? {
    guard let index = refunds.firstIndex(where: { $0.id == id }) else { return nil }
    // If Razorpay has reported the refund meanwhile, it was not refused, even if a later attempt was refused.
    guard refunds[index].refund.razorpayID == nil else { return refunds[index].refund }
    move(index, to: .failed, newID)
    refunds[index].wasRefused = true
    return refunds[index].refund
  }

  /// The index of our refund with Razorpay's id or with the receipt that we sent; otherwise of a new row.
  private mutating func index(of refund: GatewayRefund, _ newID: () -> RefundID) -> Int {
    if let known = refunds.firstIndex(where: { $0.refund.razorpayID == refund.id }) { return known }
    if let id = refund.receipt.flatMap(RefundID.init),
      let asked = refunds.firstIndex(where: { $0.id == id && $0.refund.razorpayID == nil })
    {
      return asked
    }
    return insert(refund.paymentID, refund.money, .razorpay, newID())
  }

  /// A status of no higher rank is outdated and changes nothing.
  private mutating func move(_ index: Int, to status: RefundStatus, _ newID: () -> RefundID) {
    let before = refunds[index].refund.status
    let payment = refunds[index].refund.paymentID
    let isCredited = payment == creditedPayment
    let isRevived = refunds[index].isRevived
    let hasMoved = status.rank > before.rank
    if hasMoved {
      refunds[index].refund.status = status
      refunds[index].question = status.isOver ? .never : .after(RefundCheckSchedule.pending)
      // Razorpay confirms a failure that is already stored.
      if isRevived, status == .failed { return }
    }
    let moved = refunds[index].refund.status
    if isCredited {
      if moved != .failed, refunds[index].refund.talkTime == nil || isRevived { take(at: index) }
      if hasMoved, moved == .processed { settle(at: index) }
    } else if hasMoved, moved == .processed, owesBack(payment) {
      tellReturned(refunds[index].refund)
    }
    if hasMoved, moved == .failed {
      if isCredited {
        release(at: index, before)
        shareAgain(after: refunds[index].id)
      }
      takeLost(of: payment, newID)
    }
    if !isCredited { arrangeReturn(of: payment, newID) }
    if hasMoved { refreshStatus() }
  }

  // MARK: steps

  /// - Returns: the index of the refund.
  mutating func insert(
    _ payment: String, _ money: Money, _ origin: RefundOrigin, _ id: RefundID, requestedBy: String? = nil,
    key: String? = nil, reason: String? = nil, attempt: Int = 1, pause: Duration = RefundCheckSchedule.first
  ) -> Int {
    var made = OrderRefund(
      Refund(
        id: id, order: order.id, paymentID: payment, razorpayID: nil, money: money, status: .requested, origin: origin,
        talkTime: nil, attempt: attempt),
      requestedBy: requestedBy, key: key, reason: reason)
    made.question = .after(pause)
    refunds.append(made)
    return refunds.count - 1
  }

  /// Gives the refund its share of the order's time, and holds that time.
  mutating func take(at index: Int) {
    let share = shares(without: index).share(of: refunds[index].refund.money.amount)
    refunds[index].refund.talkTime = share
    let purpose = Self.purpose(refunds[index].id)
    steps.append(
      .hold(upTo: share, reference: refunds[index].wasRefused ? purpose + ":again" : purpose, purpose: purpose))
  }

  mutating func settle(at index: Int) {
    let refund = refunds[index].refund
    guard let share = refund.talkTime else { return }
    let purpose = Self.purpose(refund.id)
    steps.append(.settle(charge: share, .refund, reference: purpose + ":settled", purpose: purpose))
    events.append(
      PaymentRefunded(
        userID: order.user, orderID: order.id.description, paymentID: refund.paymentID,
        refundID: refund.id.description, amount: refund.money.amount, currency: order.price.currency))
  }

  /// - Parameter before: the refund's previous status. A bank may return a processed refund.
  private mutating func release(at index: Int, _ before: RefundStatus) {
    guard let share = refunds[index].refund.talkTime else { return }
    let purpose = Self.purpose(refunds[index].id)
    if before == .processed {
      // A refund of the customer's fee alone took no time, and has none to give back.
      guard share > .zero else { return }
      steps.append(.giveBack(share, reference: purpose + ":returned"))
    } else {
      let reference = purpose + (refunds[index].wasRefused ? ":again:released" : ":released")
      steps.append(.settle(charge: .zero, .release, reference: reference, purpose: purpose))
    }
  }

  /// Without the failed refund the other shares round differently, usually by a millisecond.
  private mutating func shareAgain(after failed: RefundID) {
    let standing = refunds.indices.filter { refunds[$0].stands }
    for (index, share) in zip(standing, shares.shares) {
      guard let before = refunds[index].refund.talkTime, before != share else { continue }
      refunds[index].refund.talkTime = share
      // An open hold is settled later, at the new share.
      guard refunds[index].refund.status == .processed else { continue }
      let reference = "\(Self.purpose(refunds[index].id)):reckoned:\(failed)"
      steps.append(
        share > before
          ? .settle(charge: share - before, .refund, reference: reference, purpose: reference)
          : .giveBack(before - share, reference: reference))
    }
  }

  private static func purpose(_ id: RefundID) -> String { "refund:\(id)" }
}
