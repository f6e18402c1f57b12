import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// The payments and talks of one page of a statement, each found by its key, beside the refunds of its period.
struct StatementSubjects: Sendable {
  let lines: [StatementLine]

  init(
    of entries: [LedgerLine], _ refunds: StatementRefunds, in transaction: PostgresTransaction
  ) async throws {
    let subjects = entries.map { LedgerSubject(kind: LedgerEntryKind(rawValue: $0.kind), reference: $0.reference) }
    let payments = try await Self.payments(subjects, transaction)
    let starts = try await Self.starts(subjects, transaction)
    lines = zip(entries, subjects).map { entry, subject in
      let payment: StatementPayment? =
        switch subject {
        case .payment(let id): payments[id]
        case .refund, .returnedRefund, .recomputedRefund: refunds.payment(of: subject)
        case .talk, .other: nil
        }
      if let payment { return StatementLine(entry: entry, subject: .payment(payment)) }
      guard case .talk(let session) = subject else { return StatementLine(entry: entry, subject: .other) }
      return StatementLine(
        entry: entry, subject: .talk(StatementTalk(session: session, startedAt: starts[session])))
    }
  }

  private static func payments(
    _ subjects: [LedgerSubject], _ transaction: PostgresTransaction
  ) async throws -> [String: StatementPayment] {
    let ids = subjects.compactMap { subject -> String? in
      if case .payment(let id) = subject { id } else { nil }
    }
    guard !ids.isEmpty else { return [:] }
    let rows = try await transaction.query(
      """
      SELECT p.razorpay_payment_id AS payment_id, t.id, t.amount, t.currency, t.receipt
      FROM payments p JOIN transactions t ON t.id = p.transaction_id WHERE p.razorpay_payment_id = ANY(\(ids))
      """
    ).rows
    var found: [String: StatementPayment] = [:]
    for row in rows {
      let id = try row.get("payment_id", as: String.self)
      found[id] = StatementPayment(
        kind: .payment, order: OrderID(try row.get("id", as: UUID.self)), money: try readMoney(row),
        document: try number(row, "receipt"))
    }
    return found
  }

  /// A talk starts with its first hold, in the transaction that makes its row.
  private static func starts(
    _ subjects: [LedgerSubject], _ transaction: PostgresTransaction
  ) async throws -> [SessionID: Date] {
    var sessions: [String: SessionID] = [:]
    for case .talk(let session) in subjects { sessions["\(PostgresTalkLedger.purpose(session)):slice:1"] = session }
    guard !sessions.isEmpty else { return [:] }
    let rows = try await transaction.query(
      "SELECT reference, created_at FROM ledger WHERE reference = ANY(\(Array(sessions.keys)))"
    ).rows
    var found: [SessionID: Date] = [:]
    for row in rows {
      let reference = try row.get("reference", as: String.self)
      guard let session = sessions[reference] else { continue }
      found[session] = try row.get("created_at", as: Date.self)
    }
    return found
  }

  static func number(_ row: PostgresRow, _ column: String) throws -> DocumentNumber? {
    try row.get(column, as: String?.self).flatMap { DocumentNumber($0) }
  }
}
