import FoundationEssentials
import PostgresDriver

/// Proves over the whole database, in one snapshot, what must always hold.
public struct LedgerAudit: Sendable {
  public struct Report: Sendable {
    public let wallets: Int
    public let entries: Int
    /// One line each; empty where everything holds.
    public let problems: [String]
  }

  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  public func verify() async throws -> Report {
    try await database.transaction(isolation: .repeatableRead) { transaction in
      let counts = try await transaction.query(
        "SELECT (SELECT count(*) FROM wallets) AS wallets, (SELECT count(*) FROM ledger) AS entries")
      var problems: [String] = []
      for check in Self.checks {
        problems += try await transaction.query(check.query).rows.map { row in
          "\(check.name): \(try row.get("subject", as: String.self))"
        }
      }
      return Report(
        wallets: try counts.rows.first?.get("wallets") ?? 0, entries: try counts.rows.first?.get("entries") ?? 0,
        problems: problems)
    }
  }

  public func entries(email: String) async throws -> [String] {
    try await database.query(
      """
      SELECT l.created_at, l.kind, l.available_delta_ms, l.held_delta_ms, l.available_after_ms, l.held_after_ms,
        l.reference, l.cause
      FROM ledger l JOIN users u ON u.id = l.user_id WHERE lower(u.email) = lower(\(email)) ORDER BY l.id
      """
    ).rows.map { row in
      let when = try row.get("created_at", as: Date.self).formatted(Date.ISO8601FormatStyle())
      let (available, held) = (
        try row.get("available_delta_ms", as: Int64.self), try row.get("held_delta_ms", as: Int64.self)
      )
      let after =
        "\(try row.get("available_after_ms", as: Int64.self)) + \(try row.get("held_after_ms", as: Int64.self)) ms"
      return
        "\(when)  \(try row.get("kind", as: String.self))  available \(available)  held \(held)  → \(after)  \(try row.get("reference", as: String.self))"
    }
  }

  private static let checks: [(name: String, query: PostgresQuery)] = [
    (
      "a wallet differs from the sum of its entries",
      """
      SELECT coalesce(w.user_id, s.user_id)::text AS subject FROM wallets w FULL JOIN (
        SELECT user_id, sum(available_delta_ms) AS available, sum(held_delta_ms) AS held, sum(owed_delta_ms) AS owed,
          max(version) AS version FROM ledger GROUP BY user_id) s ON s.user_id = w.user_id
      WHERE w.available_ms IS DISTINCT FROM coalesce(s.available, 0) OR w.held_ms IS DISTINCT FROM coalesce(s.held, 0)
        OR w.owed_ms IS DISTINCT FROM coalesce(s.owed, 0)
      """
    ),
    (
      "a wallet is below zero",
      "SELECT user_id::text AS subject FROM wallets WHERE least(available_ms, held_ms, owed_ms) < 0"
    ),
    (
      "what is held differs from the open holds",
      """
      SELECT w.user_id::text AS subject FROM wallets w LEFT JOIN (
        SELECT user_id, sum(amount_ms) AS held FROM holds WHERE closed_at IS NULL GROUP BY user_id) h USING (user_id)
      WHERE w.held_ms <> coalesce(h.held, 0)
      """
    ),
    (
      "a paid order without exactly one purchase",
      """
      SELECT t.id::text AS subject FROM transactions t
      LEFT JOIN payments p ON p.transaction_id = t.id AND p.credited
      LEFT JOIN ledger l ON l.reference = 'payment:' || p.razorpay_payment_id AND l.kind = 'purchase'
      WHERE t.paid_at IS NOT NULL GROUP BY t.id HAVING count(l.id) <> 1
      """
    ),
    (
      "a purchase without its paid order",
      """
      SELECT l.reference AS subject FROM ledger l WHERE l.kind = 'purchase' AND NOT EXISTS (
        SELECT FROM payments p JOIN transactions t ON t.id = p.transaction_id
        WHERE p.credited AND t.paid_at IS NOT NULL AND l.reference = 'payment:' || p.razorpay_payment_id)
      """
    ),
    (
      "a hold is long past its expiry",
      """
      SELECT reference AS subject FROM holds
      WHERE closed_at IS NULL AND expires_at < clock_timestamp() - interval '5 minutes'
      """
    ),
    (
      "a settlement differs from the history",
      """
      SELECT t.id AS subject FROM talk_sessions t
      LEFT JOIN ledger l ON l.reference = 'session:' || t.id || ':settlement'
      WHERE t.charged_ms > 0 AND coalesce(l.requested_ms, -1) <> t.charged_ms
      """
    ),
  ]
}
