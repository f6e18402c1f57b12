/// What a rule asks of a wallet. How much of it moves is the wallet's own rule, so a step becomes an entry only under
/// the wallet's lock. A reference that already exists makes no second entry.
public enum LedgerInstruction: Sendable, Equatable {
  case credit(TalkTime, LedgerEntryKind, reference: String, reason: String? = nil)
  /// Takes talk time. What the wallet lacks is owed.
  case debit(TalkTime, LedgerEntryKind, reference: String, reason: String? = nil)
  /// Gives back what a refund took.
  case giveBack(TalkTime, reference: String)
  /// Holds talk time until its purpose is settled: the given time, or all that is available if that is less.
  case hold(upTo: TalkTime, reference: String, purpose: String)
  /// Closes the holds of the purpose and charges what was used. What the holds and the wallet lack is owed.
  case settle(charge: TalkTime, LedgerEntryKind, reference: String, purpose: String)
  case freeze(FreezeCause, reason: String)
  /// Ends the freeze of this cause. The wallet thaws if no other cause is left.
  case thaw(FreezeCause)
}
