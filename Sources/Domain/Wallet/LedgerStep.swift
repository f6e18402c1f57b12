/// What a rule does to a wallet. How much of it moves is the wallet's own rule, so a step is written down first and becomes
/// an entry under the wallet's lock. A reference that stands already makes no second entry.
public enum LedgerStep: Sendable, Equatable {
  case credit(TalkTime, EntryKind, reference: String, reason: String? = nil)
  /// What the wallet lacks is owed.
  case debit(TalkTime, EntryKind, reference: String, reason: String? = nil)
  /// Gives back what a refund took.
  case giveBack(TalkTime, reference: String)
  /// Sets time aside, as far as it is there, until its purpose is settled.
  case hold(upTo: TalkTime, reference: String, purpose: String)
  /// Closes the holds of the purpose and charges what was used; what the holds and the wallet lack is owed.
  case settle(charge: TalkTime, EntryKind, reference: String, purpose: String)
  case freeze(FreezeCause, reason: String)
  /// Ends the freeze of this cause; the wallet thaws when no other one stands.
  case thaw(FreezeCause)
}
