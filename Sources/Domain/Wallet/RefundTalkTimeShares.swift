/// How the refunds of one order share its talk time. A refund takes time in proportion to the money: the talk time of
/// everything refunded so far, rounded down, minus what the earlier refunds took. So the shares of a full refund, in
/// any number of parts, add up to the order's talk time to the millisecond.
public struct RefundTalkTimeShares: Sendable, Equatable {
  public let talkTime: TalkTime
  public let paid: Paise
  /// The amounts of the refunds that stand (failed ones do not), in order.
  public let amounts: [Paise]

  public init(talkTime: TalkTime, paid: Paise, amounts: [Paise]) {
    self.talkTime = talkTime
    self.paid = paid
    self.amounts = amounts
  }

  public var refunded: Paise { amounts.reduce(.zero, +) }

  /// The amount that can still be refunded.
  public var refundable: Paise { max(.zero, paid - refunded) }

  /// One share for each refund.
  public var shares: [TalkTime] {
    var sum = Paise.zero
    return amounts.map { amount in
      let before = taken(by: sum)
      sum = sum + amount
      return taken(by: sum) - before
    }
  }

  /// The talk time that all refunds took.
  public var taken: TalkTime { taken(by: refunded) }

  /// The share of one additional refund.
  public func share(of amount: Paise) -> TalkTime { taken(by: refunded + amount) - taken }

  /// The price of the unused talk time: the smaller of the available time and what is left of the order's talk time,
  /// valued at the price that was paid, rounded down. Never more than can still be refunded.
  public func value(ofUnspent available: TalkTime) -> Paise {
    let unspent = min(talkTime - taken, max(.zero, available))
    guard talkTime > .zero else { return .zero }
    let value = Int128(paid.count) * Int128(unspent.milliseconds) / Int128(talkTime.milliseconds)
    return min(refundable, Paise(Int64(clamping: value)))
  }

  private func taken(by refunded: Paise) -> TalkTime {
    guard paid > .zero else { return .zero }
    let part = Int128(min(refunded, paid).count) * Int128(talkTime.milliseconds) / Int128(paid.count)
    return .milliseconds(Int64(clamping: part))
  }
}
