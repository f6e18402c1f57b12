import PostgresDriver

extension LegacyImport {
  /// Keeps every row as it was, but for an end of what has not ended. The worker of a running task is gone, so that
  /// task waits again. A worker that claims a task of an unknown type parks it.
  func takeTasks(_ table: LegacyTable) async throws -> Int {
    let rows = table.rows(
      texts: ["type", "status", "error"], times: ["created_at", "started_at", "completed_at"], json: ["payload"])
    return try await run(
      """
      INSERT INTO tasks (id, type, payload, status, created_at, started_at, completed_at, error)
      SELECT id, coalesce(type, ''), coalesce(payload, '{}'), \(Self.state), coalesce(created_at, clock_timestamp()),
        started_at, CASE WHEN \(Self.state) IN ('completed', 'failed', 'cancelled') THEN completed_at END, error
      FROM (\(rows)) row
      """)
  }

  private static let state = """
    CASE
      WHEN word IN ('pending', 'queued', 'running', 'processing', 'in_progress', 'started') THEN 'pending'
      WHEN word IN ('completed', 'complete', 'done', 'success', 'succeeded') THEN 'completed'
      WHEN word IN ('failed', 'failure', 'error') THEN 'failed'
      WHEN word IN ('cancelled', 'canceled') THEN 'cancelled'
      ELSE 'parked'
    END
    """.replacing("word", with: "lower(btrim(coalesce(status, 'pending')))")
}
