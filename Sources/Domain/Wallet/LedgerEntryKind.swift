/// The kind of a ledger entry.
public enum LedgerEntryKind: String, Sendable {
  case purchase, grant, opening, hold, settlement, refund, release, adjustment
}
