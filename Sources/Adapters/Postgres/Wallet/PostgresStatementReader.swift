import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Reads the statements of wallets from the ledger, in one snapshot each. A period is a range of the wallet's versions,
/// which the index of versions finds, however long the history is. Two things are read outside the period: the entries
/// of the refunds of an order whose money moved in it, and all entries before an opening or a closing from the time in
/// which an entry did not keep what was owed after it.
public struct PostgresStatementReader: StatementReader {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  public func statement(
    of user: UserID, from start: Date, until end: Date, limit: Int, after: Int64?
  ) async throws(BillingError) -> StatementRecord {
    try await billing {
      try await database.transaction(isolation: .repeatableRead) { transaction in
        let opening = try await state(of: user, before: start, transaction)
        let closing = try await state(of: user, before: end, transaction)
        let period = StatementPeriod(user: user, after: opening.version, upTo: closing.version)
        let page = try await page(period, limit: limit, after: after, transaction)
        let subjects = try await orderSubjects(period, transaction)
        let refunds = try await StatementRefunds(of: subjects, in: transaction)
        return StatementRecord(
          opening: opening.wallet, closing: closing.wallet, changes: try await changes(period, transaction),
          money: try await money(subjects, refunds, transaction),
          lines: try await StatementSubjects(of: page.entries, refunds, in: transaction).lines, next: page.next)
      }
    }
  }

  private struct State {
    let version: Int64
    let wallet: Wallet
  }

  /// The wallet after its last entry before the moment; after its last entry of all for a moment to come. Versions and
  /// times grow together, so the last version is found bit by bit, with one look at the index for each. Where they do
  /// not, because the store's clock was set back, some border between the entries is found: the same one for the end of
  /// a period and for the beginning of the next, as long as the ledger is the same.
  private func state(
    of user: UserID, before moment: Date, _ transaction: PostgresTransaction
  ) async throws -> State {
    let found = try await transaction.query(
      """
      WITH RECURSIVE descent (exponent, version) AS (
        SELECT 40, 0::bigint
        UNION ALL
        SELECT exponent - 1, CASE WHEN (
            SELECT l.created_at FROM ledger l
            WHERE l.user_id = \(user.uuid) AND l.version >= descent.version + (1::bigint << exponent)
            ORDER BY l.version LIMIT 1)
              < CASE WHEN \(moment) > statement_timestamp() THEN 'infinity'::timestamptz ELSE \(moment) END
          THEN descent.version + (1::bigint << exponent) ELSE descent.version END
        FROM descent WHERE exponent >= 0)
      SELECT descent.version, coalesce(last.available_after_ms, 0) AS available_ms,
        coalesce(last.held_after_ms, 0) AS held_ms,
        coalesce(last.owed_after_ms, (
          SELECT sum(l.owed_delta_ms)::bigint FROM ledger l
          WHERE l.user_id = \(user.uuid) AND l.version <= descent.version), 0) AS owed_ms
      FROM descent LEFT JOIN LATERAL (
        SELECT l.available_after_ms, l.held_after_ms, l.owed_after_ms FROM ledger l
        WHERE l.user_id = \(user.uuid) AND l.version = descent.version LIMIT 1) last ON true
      WHERE descent.exponent = -1
      """)
    guard let row = found.rows.first,
      let wallet = Wallet(
        available: .milliseconds(try row.get("available_ms")), held: .milliseconds(try row.get("held_ms")),
        owed: .milliseconds(try row.get("owed_ms")))
    else { throw LedgerError.corrupt }
    return State(version: try row.get("version"), wallet: wallet)
  }

  private func changes(
    _ period: StatementPeriod, _ transaction: PostgresTransaction
  ) async throws -> [LedgerEntryKind: Wallet.Change] {
    let rows = try await transaction.query(
      """
      SELECT kind, sum(available_delta_ms)::bigint AS available_ms, sum(held_delta_ms)::bigint AS held_ms,
        sum(owed_delta_ms)::bigint AS owed_ms
      FROM ledger WHERE user_id = \(period.user.uuid) AND version > \(period.after) AND version <= \(period.upTo)
      GROUP BY kind
      """
    ).rows
    var changes: [LedgerEntryKind: Wallet.Change] = [:]
    for row in rows {
      guard let kind = LedgerEntryKind(rawValue: try row.get("kind")) else { throw LedgerError.corrupt }
      changes[kind] = Wallet.Change(
        available: .milliseconds(try row.get("available_ms")), held: .milliseconds(try row.get("held_ms")),
        owed: .milliseconds(try row.get("owed_ms")))
    }
    return changes
  }

  /// What the period's purchases and refunds are about.
  private func orderSubjects(
    _ period: StatementPeriod, _ transaction: PostgresTransaction
  ) async throws -> [LedgerSubject] {
    try await transaction.query(
      """
      SELECT kind, reference FROM ledger
      WHERE user_id = \(period.user.uuid) AND version > \(period.after) AND version <= \(period.upTo)
        AND kind IN ('purchase', 'refund')
      ORDER BY version
      """
    ).rows.map { row in
      LedgerSubject(kind: LedgerEntryKind(rawValue: try row.get("kind")), reference: try row.get("reference"))
    }
  }

  private func money(
    _ subjects: [LedgerSubject], _ refunds: StatementRefunds, _ transaction: PostgresTransaction
  ) async throws -> [StatementMoney] {
    let moved = subjects.compactMap { refunds.payment(of: $0) }
    return StatementMoney.sums(
      paid: try await prices(subjects, transaction), refunded: moved.filter { $0.kind == .refund }.map(\.money),
      returned: moved.filter { $0.kind == .returnedRefund }.map(\.money))
  }

  /// The prices of the paid orders, added up by currency.
  private func prices(_ subjects: [LedgerSubject], _ transaction: PostgresTransaction) async throws -> [Money] {
    let ids = subjects.compactMap { subject -> String? in
      if case .payment(let id) = subject { id } else { nil }
    }
    guard !ids.isEmpty else { return [] }
    return try await transaction.query(
      """
      SELECT t.currency, sum(t.amount)::bigint AS amount
      FROM payments p JOIN transactions t ON t.id = p.transaction_id WHERE p.razorpay_payment_id = ANY(\(ids))
      GROUP BY t.currency
      """
    ).rows.map { try readMoney($0) }
  }

  /// The version is the cursor: the versions of later entries are higher.
  private func page(
    _ period: StatementPeriod, limit: Int, after: Int64?, _ transaction: PostgresTransaction
  ) async throws -> (entries: [LedgerLine], next: Int64?) {
    let rows = try await transaction.query(
      """
      SELECT \(LedgerLine.columns), version FROM ledger
      WHERE user_id = \(period.user.uuid) AND version > \(max(period.after, after ?? 0)) AND version <= \(period.upTo)
        AND (kind NOT IN ('hold', 'release') OR available_delta_ms + held_delta_ms <> 0 OR owed_delta_ms <> 0)
      ORDER BY version LIMIT \(limit + 1)
      """
    ).rows
    let page = rows.prefix(limit)
    let next = try rows.count > limit ? page.last?.get("version", as: Int64.self) : nil
    return (entries: try page.map { try LedgerLine($0) }, next: next)
  }
}

/// The entries of a wallet after one version and up to another.
private struct StatementPeriod: Sendable {
  let user: UserID
  let after: Int64
  let upTo: Int64
}
