import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// The refunds that entries of the ledger are about, each with the part of its order's price that it moved.
struct StatementRefunds: Sendable {
  private let rows: [RefundID: Row]
  private let parts: [LedgerSubject: Paise]

  /// The other refunds of the same orders are read too: they decide how much of the price was left.
  init(of subjects: [LedgerSubject], in transaction: PostgresTransaction) async throws {
    let ids = Set(subjects.compactMap(\.refundID)).map(\.uuid)
    guard !ids.isEmpty else {
      rows = [:]
      parts = [:]
      return
    }
    let found = try await Self.rows(ids, transaction)
    let orders = Dictionary(grouping: found, by: \.order)
    let references = orders.values.flatMap { Self.references($0) }
    let entries = try await Self.entries(references, transaction)
    var moved: [LedgerSubject: Paise] = [:]
    for refunds in orders.values {
      let amounts = Dictionary(refunds.map { ($0.id, $0.money.amount) }) { first, _ in first }
      let refunded = RefundedPrice(price: refunds.first?.price ?? .zero, amounts: amounts, entries: entries)
      moved.merge(refunded.parts) { first, _ in first }
    }
    rows = Dictionary(found.map { ($0.id, $0) }) { first, _ in first }
    parts = moved
  }

  /// Nil for an entry that moved none of a price's money.
  func payment(of subject: LedgerSubject) -> StatementPayment? {
    guard let part = parts[subject], let row = subject.refundID.flatMap({ rows[$0] }) else { return nil }
    let kind: StatementPayment.Kind = if case .returnedRefund = subject { .returnedRefund } else { .refund }
    return StatementPayment(
      kind: kind, order: row.order, money: Money(part, row.money.currency),
      document: kind == .returnedRefund ? row.debitNote : row.creditNote)
  }

  private struct Row {
    let id: RefundID
    let order: OrderID
    /// Of the order.
    let price: Paise
    let money: Money
    /// Once, though it may be valid after all.
    let hasFailed: Bool
    let creditNote, debitNote: DocumentNumber?
  }

  private static func rows(_ ids: [UUID], _ transaction: PostgresTransaction) async throws -> [Row] {
    try await transaction.query(
      """
      SELECT r.id, r.transaction_id, coalesce(t.amount, 0) AS price, r.amount, r.currency, r.credit_note, r.debit_note,
        r.status = 'failed' OR r.refused_at IS NOT NULL AS has_failed
      FROM refunds r JOIN transactions t ON t.id = r.transaction_id
      WHERE r.transaction_id IN (SELECT asked.transaction_id FROM refunds asked WHERE asked.id = ANY(\(ids)))
      """
    ).rows.map { row in
      Row(
        id: RefundID(try row.get("id", as: UUID.self)), order: OrderID(try row.get("transaction_id", as: UUID.self)),
        price: Paise(try row.get("price")), money: try readMoney(row), hasFailed: try row.get("has_failed"),
        creditNote: try StatementSubjects.number(row, "credit_note"),
        debitNote: try StatementSubjects.number(row, "debit_note"))
    }
  }

  /// The references that entries of one order's refunds may have.
  private static func references(_ refunds: [Row]) -> [String] {
    let failed = refunds.filter(\.hasFailed).map(\.id)
    return refunds.flatMap { refund -> [String] in
      let own: [LedgerSubject] = [.refund(refund.id), .returnedRefund(refund.id)]
      let recomputed = failed.map { LedgerSubject.recomputedRefund(refund.id, without: $0) }
      return (own + recomputed).compactMap(\.reference)
    }
  }

  /// The oldest first. The orders' locks keep the entries of an order in the order of their ids, in whoever's wallet.
  private static func entries(
    _ references: [String], _ transaction: PostgresTransaction
  ) async throws -> [LedgerSubject] {
    try await transaction.query(
      "SELECT kind, reference FROM ledger WHERE reference = ANY(\(references)) ORDER BY id"
    ).rows.map { row in
      LedgerSubject(
        kind: LedgerEntryKind(rawValue: try row.get("kind")), reference: try row.get("reference"))
    }
  }
}
