import Application
import Domain
import PostgresDriver

public struct PostgresWebhooks: KeepsWebhooks {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  /// Announced by the pool when one was kept in this process.
  public static let topic = "razorpay_webhooks"

  public func keep(_ body: [UInt8], eventID: String) async throws(BillingError) {
    try await billing {
      try await database.query(
        """
        INSERT INTO razorpay_webhooks (event_id, body) VALUES (\(eventID), \(body)) ON CONFLICT DO NOTHING
        """)
      database.announce(Self.topic)
    }
  }

  public func next() async throws(BillingError) -> StoredWebhook? {
    try await billing {
      let taken = try await database.query(
        """
        UPDATE razorpay_webhooks SET attempts = attempts + 1, run_at = clock_timestamp() + interval '30 seconds'
        WHERE event_id = (
          SELECT event_id FROM razorpay_webhooks WHERE done_at IS NULL AND run_at <= statement_timestamp()
          ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING event_id, body, attempts
        """)
      return try taken.rows.first.map { row in
        StoredWebhook(eventID: try row.get("event_id"), body: try row.get("body"), attempt: try row.get("attempts"))
      }
    }
  }

  public func finish(_ webhook: StoredWebhook, type: String?, outcome: String?) async throws(BillingError) {
    let pause = Int64(min(600, 1 << min(webhook.attempt, 9)))
    try await billing {
      try await database.query(
        """
        UPDATE razorpay_webhooks SET type = coalesce(\(type), type), outcome = \(outcome),
          done_at = CASE WHEN \(outcome) IS NOT NULL THEN clock_timestamp() END,
          run_at = clock_timestamp() + \(pause) * interval '1 second'
        WHERE event_id = \(webhook.eventID) AND attempts = \(webhook.attempt)
        """)
    }
  }
}
