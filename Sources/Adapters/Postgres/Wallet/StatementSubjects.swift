import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// The payments, refunds and talks of one page of a statement, each found by its key.
struct StatementSubjects: Sendable {
  let lines: [StatementLine]

  init(of entries: [LedgerLine], in transaction: PostgresTransaction) async throws {
    let subjects = entries.map { LedgerSubject(kind: LedgerEntryKind(rawValue: $0.kind), reference: $0.reference) }
    let payments = try await Self.payments(subjects, transaction)
    let refunds = try await Self.refunds(subjects, transaction)
    let starts = try await Self.starts(subjects, transaction)
    lines = zip(entries, subjects).map { entry, subject in
      let payment: StatementPayment? =
        switch subject {
        case .payment(let id): payments[id]
        case .refund(let id): refunds[id]?.payment(.refund)
        case .returnedRefund(let id): refunds[id]?.payment(.returnedRefund)
        case .talk, .other: nil
        }
      if let payment { return StatementLine(entry: entry, subject: .payment(payment)) }
      guard case .talk(let session) = subject else { return StatementLine(entry: entry, subject: .other) }
      return StatementLine(
        entry: entry, subject: .talk(StatementTalk(session: session, startedAt: starts[session])))
    }
  }

  private struct RefundRow {
    let order: OrderID
    let money: Money
    let creditNote, debitNote: DocumentNumber?

    func payment(_ kind: StatementPayment.Kind) -> StatementPayment {
      StatementPayment(
        kind: kind, order: order, money: money, document: kind == .returnedRefund ? debitNote : creditNote)
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

  private static func refunds(
    _ subjects: [LedgerSubject], _ transaction: PostgresTransaction
  ) async throws -> [RefundID: RefundRow] {
    let ids = subjects.compactMap { subject -> UUID? in
      switch subject {
      case .refund(let id), .returnedRefund(let id): id.uuid
      case .payment, .talk, .other: nil
      }
    }
    guard !ids.isEmpty else { return [:] }
    let rows = try await transaction.query(
      """
      SELECT id, transaction_id, amount, currency, credit_note, debit_note FROM refunds WHERE id = ANY(\(ids))
      """
    ).rows
    var found: [RefundID: RefundRow] = [:]
    for row in rows {
      let id = RefundID(try row.get("id", as: UUID.self))
      found[id] = RefundRow(
        order: OrderID(try row.get("transaction_id", as: UUID.self)), money: try readMoney(row),
        creditNote: try number(row, "credit_note"), debitNote: try number(row, "debit_note"))
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

  private static func number(_ row: PostgresRow, _ column: String) throws -> DocumentNumber? {
    try row.get(column, as: String?.self).flatMap { DocumentNumber($0) }
  }
}
