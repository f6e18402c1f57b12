/// How much of an order's price its refunds send back. A refund may contain the fee that the buyer paid on top of the
/// price. No talk time was sold for that fee, no receipt contains it, and no credit note takes it back. So a refund
/// counts with at most what the refunds before it left of the price.
public struct RefundedPrice: Sendable, Equatable {
  /// What each entry sent back, or brought back from the bank. An entry that moved none of the price's money is
  /// missing: a new share of a refund that counts already, or the return of one that never counted.
  public private(set) var parts: [LedgerSubject: Paise] = [:]

  /// - Parameters:
  ///   - price: the order's price, without the fee.
  ///   - amounts: the amounts of the order's refunds, with the fee. Entries of other refunds are left out.
  ///   - entries: what the ledger's entries are about, the oldest first.
  public init(price: Paise, amounts: [RefundID: Paise], entries: some Sequence<LedgerSubject>) {
    var left = price
    var standing: [RefundID: Paise] = [:]
    for entry in entries {
      switch entry {
      case .refund(let id), .recomputedRefund(let id, _):
        guard standing[id] == nil, let amount = amounts[id] else { continue }
        let part = min(amount, left)
        left = left - part
        standing[id] = part
        parts[entry] = part
      case .returnedRefund(let id):
        guard let part = standing.removeValue(forKey: id) else { continue }
        left = left + part
        parts[entry] = part
      case .payment, .talk, .other: continue
      }
    }
  }
}
