import PostgresDriver

/// The tasks that have not ended, by state and type.
public struct PostgresTaskBacklog: Sendable {
  /// The most tasks that are counted, the oldest first, so that a long backlog costs no more.
  public static let most = 5_000

  public let state: String
  public let type: String
  public let count: Int
  /// Seconds since the oldest one was created.
  public let age: Double
  /// Seconds since a pending task could have begun, for the one that has waited longest; zero if none could.
  public let overdue: Double

  public static func read(in database: PostgresPool) async throws -> [Self] {
    try await database.transaction(settings: PostgresTaskQueue.byIndex) { transaction in
      try await transaction.query(
        """
        SELECT status, type, count(*) AS count,
          greatest(extract(epoch FROM statement_timestamp() - min(created_at)), 0)::float8 AS age,
          coalesce(greatest(extract(epoch FROM statement_timestamp()
            - min(run_at) FILTER (WHERE status = 'pending' AND isfinite(run_at))), 0), 0)::float8 AS overdue
        FROM (
          SELECT status, type, created_at, run_at FROM tasks
          WHERE is_open IS TRUE ORDER BY created_at, id LIMIT \(Self.most)
        ) AS oldest
        GROUP BY status, type ORDER BY status, type
        """
      ).rows.map { row in
        Self(
          state: try row.get("status"), type: try row.get("type"), count: try row.get("count"),
          age: try row.get("age"), overdue: try row.get("overdue"))
      }
    }
  }
}
