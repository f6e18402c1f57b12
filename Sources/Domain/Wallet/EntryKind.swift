/// The kind of a ledger entry.
public enum EntryKind: String, Sendable {
  case purchase, grant, opening, hold, settlement, refund, release, adjustment
}
