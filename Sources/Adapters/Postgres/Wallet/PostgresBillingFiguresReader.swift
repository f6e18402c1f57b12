import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Figures by day. Orders have an index by their payment, and refunds by their end. The ledger has none by time, which
/// would cost each entry another one: its ids grow with time, so that the first one of the days is found bit by bit.
public struct PostgresBillingFiguresReader: BillingFiguresReader {
  private let database: PostgresPool
  private let patience: Duration

  /// - Parameter patience: for how long each of the statements may run.
  public init(database: PostgresPool, patience: Duration = .seconds(5)) {
    self.database = database
    self.patience = patience
  }

  public func figures(of days: StatementDays) async throws(BillingError) -> BillingFigures {
    guard let start = days.starts.first else { return BillingFigures(paid: [], refunded: [], settled: [:]) }
    return try await billing {
      try await database.transaction(isolation: .repeatableRead) { transaction -> BillingFigures in
        try await transaction.query(
          PostgresQuery(
            script: """
              SET LOCAL statement_timeout = \(patience.milliseconds); SET LOCAL plan_cache_mode = force_custom_plan
              """))
        return BillingFigures(
          paid: try await paid(days, from: start, transaction),
          refunded: try await refunded(days, from: start, transaction),
          settled: try await settled(days, from: start, transaction))
      }
    }
  }

  private func paid(
    _ days: StatementDays, from start: Date, _ transaction: PostgresTransaction
  ) async throws -> [BillingFigures.Paid] {
    try await transaction.query(
      """
      SELECT width_bucket(paid_at, \(days.starts)) - 1 AS day, currency, count(*) AS orders,
        sum(amount)::bigint AS amount, sum(talktime_ms)::bigint AS talktime_ms
      FROM transactions WHERE paid_at >= \(start) AND paid_at < \(days.end)
      GROUP BY 1, 2 ORDER BY 1, 2
      """
    ).rows.map { row in
      BillingFigures.Paid(
        day: try row.get("day"), orders: try row.get("orders"), price: try readMoney(row),
        talkTime: .milliseconds(try row.get("talktime_ms")))
    }
  }

  private func refunded(
    _ days: StatementDays, from start: Date, _ transaction: PostgresTransaction
  ) async throws -> [BillingFigures.Refunded] {
    try await transaction.query(
      """
      SELECT width_bucket(finished_at, \(days.starts)) - 1 AS day, currency, origin, count(*) AS refunds,
        sum(amount)::bigint AS amount
      FROM refunds
      WHERE finished_at >= \(start) AND finished_at < \(days.end) AND status = \(RefundStatus.processed.rawValue)
      GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
      """
    ).rows.map { row in
      guard let origin = RefundOrigin(rawValue: try row.get("origin")) else { throw LedgerError.corrupt }
      return BillingFigures.Refunded(
        day: try row.get("day"), refunds: try row.get("refunds"), origin: origin, money: try readMoney(row))
    }
  }

  /// Entries of transactions that run at once may be a little out of order, and the store's clock may be set back a
  /// little: the search begins an hour before the days.
  private func settled(
    _ days: StatementDays, from start: Date, _ transaction: PostgresTransaction
  ) async throws -> [Int: TalkTime] {
    let found = try await transaction.query(
      """
      WITH RECURSIVE descent (exponent, id) AS (
        SELECT 48, 0::bigint
        UNION ALL
        SELECT exponent - 1, CASE WHEN (
            SELECT l.created_at FROM ledger l WHERE l.id >= descent.id + (1::bigint << exponent)
            ORDER BY l.id LIMIT 1) < \(start) - interval '1 hour'
          THEN descent.id + (1::bigint << exponent) ELSE descent.id END
        FROM descent WHERE exponent >= 0)
      SELECT id FROM descent WHERE exponent = -1
      """)
    let before: Int64 = try found.rows.first?.get("id") ?? 0
    let rows = try await transaction.query(
      """
      SELECT width_bucket(created_at, \(days.starts)) - 1 AS day,
        sum(available_delta_ms + held_delta_ms - owed_delta_ms)::bigint AS change_ms
      FROM ledger
      WHERE id > \(before) AND kind = \(LedgerEntryKind.settlement.rawValue) AND created_at >= \(start)
        AND created_at < \(days.end)
      GROUP BY 1
      """
    ).rows
    var settled: [Int: TalkTime] = [:]
    for row in rows { settled[try row.get("day", as: Int.self)] = .milliseconds(try row.get("change_ms")) }
    return settled
  }
}
