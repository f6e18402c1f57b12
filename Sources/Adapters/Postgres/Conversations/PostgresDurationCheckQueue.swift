import Application
import Domain
import PostgresDriver

/// The conversations whose duration the provider is to be asked for.
public struct PostgresDurationCheckQueue: DurationCheckQueue {
  /// The topic that the pool announces when a settlement in this process has made a duration check due.
  public static let dueConversations = "due_conversations"

  private let database: any PostgresStatementRunner

  public init(database: any PostgresStatementRunner) { self.database = database }

  public func claimDue(limit: Int) async throws(TalkLedgerError) -> [DueConversation] {
    try await reporting {
      try await database.query(
        """
        WITH due AS (
          SELECT id FROM conversations WHERE check_at <= statement_timestamp()
          ORDER BY check_at LIMIT \(limit) FOR UPDATE SKIP LOCKED)
        UPDATE conversations c SET checks = checks + 1,
          check_at = clock_timestamp() + \(DurationCheckSchedule.claim.wholeMilliseconds) * interval '1 millisecond'
        FROM due WHERE c.id = due.id
        RETURNING c.id, c.checks, c.duration_ms, c.opened_at IS NOT NULL AS was_opened,
          (extract(epoch FROM clock_timestamp() - c.invited_at) * 1000)::bigint AS age_ms,
          EXISTS (SELECT FROM talk_sessions t WHERE t.conversation_id = c.id AND t.settled_at IS NULL) AS is_talked_on,
          (SELECT t.end_reason FROM talk_sessions t WHERE t.conversation_id = c.id AND t.settled_at IS NOT NULL
            AND t.beats > 0 ORDER BY t.settled_at DESC LIMIT 1) AS end_reason,
          (SELECT (extract(epoch FROM clock_timestamp() - max(t.settled_at)) * 1000)::bigint FROM talk_sessions t
            WHERE t.conversation_id = c.id AND t.beats > 0) AS ended_ms
        """
      ).rows.map { row in
        DueConversation(
          id: try row.get("id"), age: .milliseconds(try row.get("age_ms", as: Int64.self)),
          looks: try row.get("checks"), wasOpened: try row.get("was_opened"),
          isTalkedOn: try row.get("is_talked_on"),
          duration: try row.get("duration_ms", as: Int64?.self).map { .milliseconds($0) },
          lastEnding: try TalkEnding(row))
      }
    }
  }

  /// A settlement restarts the count of the checks. The count therefore shows whether a settlement came between.
  public func reschedule(
    at due: DueConversation, in pause: Duration?, opened: Bool
  ) async throws(TalkLedgerError) {
    _ = try await reporting {
      try await database.query(
        """
        UPDATE conversations SET
          check_at = clock_timestamp() + \(pause?.wholeMilliseconds)::bigint * interval '1 millisecond',
          opened_at = CASE WHEN \(opened) THEN coalesce(opened_at, clock_timestamp()) ELSE opened_at END
        WHERE id = \(due.id) AND checks = \(due.looks) AND check_at IS NOT NULL
        """)
    }
  }

  public func isTalkedOn(_ conversation: String) async throws(TalkLedgerError) -> Bool {
    try await reporting {
      try await database.query(
        "SELECT 1 AS one FROM talk_sessions WHERE conversation_id = \(conversation) AND settled_at IS NULL LIMIT 1"
      ).rows.first != nil
    }
  }

  public func unsettledTalks(of conversation: String) async throws(TalkLedgerError) -> [UnsettledTalk] {
    try await reporting {
      try await database.query(
        """
        SELECT id, user_id, metered_ms FROM talk_sessions
        WHERE conversation_id = \(conversation) AND settled_at IS NULL
        """
      ).rows.map { try UnsettledTalk($0) }
    }
  }

  private func reporting<T: Sendable>(_ body: () async throws -> T) async throws(TalkLedgerError) -> T {
    try await TalkLedgerError.reporting(body)
  }
}
