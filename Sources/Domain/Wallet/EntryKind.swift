/// What an entry of the ledger is of.
public enum EntryKind: String, Sendable {
  case purchase, grant, opening, hold, settlement, refund, release, adjustment
}
