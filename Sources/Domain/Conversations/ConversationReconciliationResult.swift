/// The result of the comparison of a conversation with what was charged for it.
public enum ConversationReconciliationResult: Sendable, Equatable {
  /// A talk of the conversation is not settled yet. Its settlement starts the comparison again.
  case waiting
  /// The difference that is not adjusted; positive for time that was not charged.
  case tolerated(TalkTime)
  /// This conversation's part of the adjustment that the ledger got now; positive for time that was charged.
  case adjusted(TalkTime)
}
