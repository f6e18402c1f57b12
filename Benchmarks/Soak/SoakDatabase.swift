import Domain
import Foundation
import PostgresDriver

/// Reads the talkers' final state from the database, without any service.
struct SoakDatabase: Sendable {
  struct Settled: Sendable {
    let charged: Int64
    let reason: String
  }

  struct Wallets: Sendable {
    let belowZero: Int
    let held: Int64
    let owed: Int64
    let openHolds: Int
    /// The charge by the ledger's settlements.
    let charged: Int64
    /// Talks that were announced to the other services not exactly once.
    let toldTwiceOrNever: Int
  }

  let database: PostgresPool
  let users: [UUID]

  /// The number of talks that are not settled yet.
  func unsettled() async throws -> Int {
    try await database.query(
      "SELECT count(*) AS number FROM talk_sessions WHERE user_id = ANY(\(users)) AND settled_at IS NULL"
    ).rows.first?.get("number") ?? 0
  }

  func settled() async throws -> [String: Settled] {
    let rows = try await database.query(
      """
      SELECT id, charged_ms, end_reason FROM talk_sessions WHERE user_id = ANY(\(users)) AND settled_at IS NOT NULL
      """
    ).rows
    return Dictionary(
      uniqueKeysWithValues: try rows.map {
        (try $0.get("id"), Settled(charged: try $0.get("charged_ms"), reason: try $0.get("end_reason")))
      })
  }

  func wallets() async throws -> Wallets {
    let found = try await database.query(
      """
      SELECT count(*) FILTER (WHERE available_ms < 0 OR held_ms < 0 OR owed_ms < 0) AS below,
        coalesce(sum(held_ms), 0)::bigint AS held, coalesce(sum(owed_ms), 0)::bigint AS owed,
        (SELECT count(*) FROM holds WHERE user_id = ANY(\(users)) AND closed_at IS NULL) AS holds,
        (SELECT coalesce(sum(requested_ms), 0)::bigint FROM ledger
          WHERE user_id = ANY(\(users)) AND kind = 'settlement') AS charged,
        (SELECT count(*) FROM talk_sessions t LEFT JOIN
          (SELECT subject, count(*) AS times FROM outbox WHERE type = 'session.settled' GROUP BY subject) o
          ON o.subject = t.id
          WHERE t.user_id = ANY(\(users)) AND o.times IS DISTINCT FROM 1) AS told
      FROM wallets WHERE user_id = ANY(\(users))
      """)
    guard let row = found.rows.first else { throw PostgresError(.unavailable, message: "no wallets") }
    return Wallets(
      belowZero: try row.get("below"), held: try row.get("held"), owed: try row.get("owed"),
      openHolds: try row.get("holds"), charged: try row.get("charged"), toldTwiceOrNever: try row.get("told"))
  }
}
