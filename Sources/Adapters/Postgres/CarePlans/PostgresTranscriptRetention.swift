import PostgresDriver

/// Makes a task for each conversation that ended some days ago, which erases ElevenLabs' copy of it. Once for each
/// conversation, and behind all other work: with the least priority, and no more while a hundred wait. Of those that wait
/// with a code, only the ones of the last day count: a hundred that ElevenLabs refuses must not hold up all others for
/// good, and in an outage no more than a hundred a day are to begin to wait.
public struct PostgresTranscriptRetention: Sendable {
  private let database: any PostgresStatementRunner
  private let days: Int

  /// - Parameter days: the days after the end of a conversation; more than 0.
  public init(database: any PostgresStatementRunner, days: Int) {
    self.database = database
    self.days = days
  }

  private static let mostPending = 100

  /// How long ago the oldest conversation without an order should have got one; zero if there is none that should.
  public func overdue() async throws -> Duration {
    let found = try await database.query(
      """
      SELECT (extract(epoch FROM statement_timestamp() - closed_at) * 1000)::bigint AS age_ms FROM conversations
      WHERE closed_at IS NOT NULL AND erasure_at IS NULL ORDER BY closed_at LIMIT 1
      """)
    guard let oldest = found.rows.first else { return .zero }
    let age = Duration.milliseconds(try oldest.get("age_ms", as: Int64.self))
    return max(.zero, age - .seconds(days * 86_400))
  }

  public func runOnce() async throws {
    try await database.query(
      """
      WITH waiting AS (
        SELECT count(*) AS tasks FROM (
          SELECT FROM tasks WHERE is_open AND priority = -50 AND type = 'conversation_erasure'
            AND (error IS NULL OR created_at > statement_timestamp() - interval '1 day')
          LIMIT \(Self.mostPending)) AS pending
      ), due AS (
        SELECT id FROM conversations
        WHERE closed_at < statement_timestamp() - \(days) * interval '1 day' AND closed_at IS NOT NULL
          AND erasure_at IS NULL
        ORDER BY closed_at LIMIT (SELECT \(Self.mostPending) - tasks FROM waiting) FOR UPDATE SKIP LOCKED
      ), marked AS (
        UPDATE conversations c SET erasure_at = clock_timestamp() FROM due WHERE c.id = due.id
        RETURNING c.id, c.user_id
      )
      INSERT INTO tasks (type, payload, user_id, unique_key, priority)
      SELECT 'conversation_erasure', jsonb_build_object('conversation_id', id), user_id, 'conversation_erasure:' || id, -50
      FROM marked
      ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING
      """)
  }
}
