import PostgresDriver

/// Makes a task for each conversation that ended some days ago, which erases ElevenLabs' copy of it. In small batches, and
/// once for each conversation.
public struct PostgresTranscriptRetention: Sendable {
  private let database: any PostgresStatementRunner
  private let days: Int

  /// - Parameter days: the days after the end of a conversation; more than 0.
  public init(database: any PostgresStatementRunner, days: Int) {
    self.database = database
    self.days = days
  }

  private static let batch = 100

  public func runOnce() async throws {
    while try await runBatch() == Self.batch {}
  }

  /// The number of conversations that were marked.
  private func runBatch() async throws -> Int {
    try await database.query(
      """
      WITH due AS (
        SELECT id FROM conversations
        WHERE closed_at < statement_timestamp() - \(days) * interval '1 day' AND closed_at IS NOT NULL
          AND erasure_at IS NULL
        ORDER BY closed_at LIMIT \(Self.batch) FOR UPDATE SKIP LOCKED
      ), marked AS (
        UPDATE conversations c SET erasure_at = clock_timestamp() FROM due WHERE c.id = due.id
        RETURNING c.id, c.user_id
      ), made AS (
        INSERT INTO tasks (type, payload, user_id, unique_key)
        SELECT 'conversation_erasure', jsonb_build_object('conversation_id', id), user_id,
          'conversation_erasure:' || id FROM marked
        ON CONFLICT (unique_key) DO NOTHING
      )
      SELECT id FROM marked
      """
    ).rows.count
  }
}
