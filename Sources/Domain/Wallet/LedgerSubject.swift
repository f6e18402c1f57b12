/// What an entry of the ledger is about, as its kind and its reference say.
public enum LedgerSubject: Hashable, Sendable {
  /// The payment that bought the talk time, by Razorpay's id.
  case payment(String)
  /// The refund whose money went back.
  case refund(RefundID)
  /// The refund whose money the bank returned.
  case returnedRefund(RefundID)
  /// The talk that was charged.
  case talk(SessionID)
  /// No money moved and no talk ended: a grant, an adjustment, the new share of a refund.
  case other

  public init(kind: LedgerEntryKind?, reference: String) {
    let parts = reference.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    self = Self.known(kind, parts) ?? .other
  }

  private static func known(_ kind: LedgerEntryKind?, _ parts: [String]) -> LedgerSubject? {
    switch (kind, parts.first, parts.count) {
    case (.purchase, "payment", 2): parts[1].isEmpty ? nil : .payment(parts[1])
    case (.settlement, "session", 3):
      parts[2] == "settlement" ? SessionID(parts[1]).map { LedgerSubject.talk($0) } : nil
    case (.refund, "refund", 3): RefundID(parts[1]).flatMap { money(of: $0, parts[2]) }
    default: nil
    }
  }

  private static func money(of id: RefundID, _ step: String) -> LedgerSubject? {
    switch step {
    case "settled": .refund(id)
    case "returned": .returnedRefund(id)
    default: nil
    }
  }
}
