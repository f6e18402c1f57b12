import Application
import Domain
import PostgresDriver

public struct PostgresPaymentWebhookInbox: PaymentWebhookInbox {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  /// The topic that the pool announces when this process has stored a webhook.
  public static let topic = "razorpay_webhooks"

  public func keep(_ body: [UInt8], eventID: String, subject: String?) async throws(BillingError) {
    try await billing {
      try await database.query(
        """
        INSERT INTO razorpay_webhooks (event_id, body, subject) VALUES (\(eventID), \(body), \(subject))
        ON CONFLICT DO NOTHING
        """)
      database.announce(Self.topic)
    }
  }

  /// Claims are made one after the other, so that no two concern the same subject. Of each subject the webhook that
  /// waited longest is claimed. The number of webhooks examined is limited, however many wait.
  public func take(_ limit: Int, from queue: PaymentWebhookLane) async throws(BillingError) -> [StoredWebhook] {
    guard limit > 0 else { return [] }
    return try await billing {
      try await database.transaction { transaction in
        try await transaction.query("SELECT pg_advisory_xact_lock(hashtextextended('razorpay_webhooks', 0))")
        return try await transaction.query(
          """
          WITH due AS (
            SELECT event_id, subject, run_at FROM razorpay_webhooks webhook
            WHERE asks = \(queue == .asking) AND done_at IS NULL AND run_at <= statement_timestamp()
              AND NOT EXISTS (SELECT FROM razorpay_webhooks other WHERE other.claimed AND other.subject = webhook.subject
                AND other.run_at > statement_timestamp())
            ORDER BY run_at LIMIT \(limit + Self.lookedAt)),
          first AS (
            SELECT event_id FROM (
              SELECT DISTINCT ON (coalesce(subject, event_id)) event_id, run_at FROM due
              ORDER BY coalesce(subject, event_id), run_at) one
            ORDER BY run_at LIMIT \(limit)),
          taken AS (
            UPDATE razorpay_webhooks webhook SET attempts = attempts + 1, claimed = true,
              run_at = clock_timestamp() + \(PaymentWebhookRetrySchedule.claim.wholeMilliseconds) * interval '1 millisecond'
            FROM first WHERE webhook.event_id = first.event_id AND done_at IS NULL
              AND run_at <= statement_timestamp()
            RETURNING webhook.event_id, body, attempts, received_at)
          SELECT event_id, body, attempts FROM taken ORDER BY received_at
          """
        ).rows.map { row in
          StoredWebhook(eventID: try row.get("event_id"), body: try row.get("body"), attempt: try row.get("attempts"))
        }
      }
    }
  }

  private static let lookedAt = 200

  public func pass(_ webhook: StoredWebhook, type: String) async throws(BillingError) {
    try await billing {
      try await database.query(
        """
        UPDATE razorpay_webhooks SET type = \(type), asks = true, claimed = false, run_at = clock_timestamp()
        WHERE event_id = \(webhook.eventID) AND attempts = \(webhook.attempt) AND done_at IS NULL
        """)
      database.announce(Self.topic)
    }
  }

  /// The report of a payment names the payer. After the deletion of the account it is kept without its content.
  public func finish(
    _ webhook: StoredWebhook, type: String?, outcome: PaymentWebhookOutcome?
  ) async throws(BillingError) {
    let pause = PaymentWebhookRetrySchedule.pause(after: webhook.attempt).wholeMilliseconds
    try await billing {
      try await database.query(
        """
        UPDATE razorpay_webhooks SET type = coalesce(\(type), type), outcome = \(outcome?.rawValue), claimed = false,
          body = CASE WHEN \(outcome != nil) AND EXISTS (
            SELECT FROM transactions t JOIN users u ON u.id = t.user_id AND u.deleted_at IS NOT NULL
            WHERE t.razorpay_order_id = subject OR t.id = (
              SELECT transaction_id FROM payments WHERE razorpay_payment_id = subject)) THEN ''::bytea ELSE body END,
          done_at = CASE WHEN \(outcome != nil) THEN clock_timestamp() END,
          run_at = clock_timestamp() + \(pause) * interval '1 millisecond'
        WHERE event_id = \(webhook.eventID) AND attempts = \(webhook.attempt)
        """)
    }
  }
}
