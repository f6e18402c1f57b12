/// What came of comparing a conversation with what was charged for it.
public enum ReconciliationResult: Sendable, Equatable {
  /// A talk of it is not settled yet: its settlement asks again.
  case waiting
  /// What is left as it is; above zero it was not charged.
  case tolerated(TalkTime)
  /// What the ledger got now, this conversation's part of it; above zero it was charged.
  case adjusted(TalkTime)
}
