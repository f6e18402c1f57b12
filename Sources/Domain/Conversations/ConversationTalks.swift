/// What all talks that had a conversation's URL come to.
public struct ConversationTalks: Sendable, Equatable {
  /// How many are not settled yet.
  public let unsettled: Int
  public let charged: TalkTime
  /// What the live store skipped while they went on.
  public let forgiven: TalkTime
  /// How many the live store has lost.
  public let lost: Int

  public init(unsettled: Int, charged: TalkTime, forgiven: TalkTime, lost: Int) {
    self.unsettled = unsettled
    self.charged = charged
    self.forgiven = forgiven
    self.lost = lost
  }

  /// What is not to be charged in spite of a longer conversation.
  var left: TalkTime {
    forgiven + .milliseconds(DurationReconciliation.lostSlice.milliseconds.clampedMultiplied(by: Int64(lost)))
  }
}
