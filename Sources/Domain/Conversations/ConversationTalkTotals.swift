/// The sums of all talks that had a conversation's URL.
public struct ConversationTalkTotals: Sendable, Equatable {
  /// The number of talks that are not settled yet.
  public let unsettled: Int
  public let charged: TalkTime
  /// The time that the live store skipped during the talks.
  public let forgiven: TalkTime
  /// The number of talks that the live store has lost.
  public let lost: Int

  public init(unsettled: Int, charged: TalkTime, forgiven: TalkTime, lost: Int) {
    self.unsettled = unsettled
    self.charged = charged
    self.forgiven = forgiven
    self.lost = lost
  }

  /// The time that is not charged, even if the conversation was longer.
  var left: TalkTime {
    forgiven + .milliseconds(DurationReconciliation.lostSlice.milliseconds.clampedMultiplied(by: Int64(lost)))
  }
}
