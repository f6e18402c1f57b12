/// What an entry of the ledger is about, as its kind and its reference say.
public enum LedgerSubject: Hashable, Sendable {
  /// The payment that bought the talk time, by Razorpay's id.
  case payment(String)
  /// The refund whose money went back.
  case refund(RefundID)
  /// The refund whose money the bank returned.
  case returnedRefund(RefundID)
  /// The refund whose share of the talk time was computed again after another refund of the order had failed.
  case recomputedRefund(RefundID, without: RefundID)
  /// The talk that was charged.
  case talk(SessionID)
  /// Neither an order nor a talk: a grant, an adjustment, a hold.
  case other

  public init(kind: LedgerEntryKind?, reference: String) {
    let parts = reference.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    self = Self.known(kind, parts) ?? .other
  }

  /// The reference of its entry; nil for an entry that is about neither an order nor a talk.
  public var reference: String? {
    switch self {
    case .payment(let id): "payment:\(id)"
    case .refund(let id): "refund:\(id):settled"
    case .returnedRefund(let id): "refund:\(id):returned"
    case .recomputedRefund(let id, let failed): "refund:\(id):reckoned:\(failed)"
    case .talk(let session): "session:\(session):settlement"
    case .other: nil
    }
  }

  /// The refund that the entry belongs to.
  public var refundID: RefundID? {
    switch self {
    case .refund(let id), .returnedRefund(let id), .recomputedRefund(let id, _): id
    case .payment, .talk, .other: nil
    }
  }

  private static func known(_ kind: LedgerEntryKind?, _ parts: [String]) -> LedgerSubject? {
    switch (kind, parts.first, parts.count) {
    case (.purchase, "payment", 2): parts[1].isEmpty ? nil : .payment(parts[1])
    case (.settlement, "session", 3):
      parts[2] == "settlement" ? SessionID(parts[1]).map { LedgerSubject.talk($0) } : nil
    case (.refund, "refund", 3): RefundID(parts[1]).flatMap { money(of: $0, parts[2]) }
    case (.refund, "refund", 4): recomputed(parts)
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

  private static func recomputed(_ parts: [String]) -> LedgerSubject? {
    guard parts[2] == "reckoned", let refund = RefundID(parts[1]), let failed = RefundID(parts[3]) else { return nil }
    return .recomputedRefund(refund, without: failed)
  }
}
