import PostgresDriver

/// The events of one service that wait for their relay.
public struct PostgresOutboxBacklog: Sendable {
  /// The most events that are counted, so that a long backlog costs no more.
  public static let most = 100_000

  public let count: Int
  /// Seconds since the oldest one was written; zero if none waits.
  public let age: Double

  public static func read(of source: String, in database: PostgresPool) async throws(PostgresError) -> Self {
    let result = try await database.query(
      """
      SELECT count(*) AS count,
        coalesce(greatest(extract(epoch FROM statement_timestamp() - min(created_at)), 0), 0)::float8 AS age
      FROM (
        SELECT created_at FROM outbox WHERE source = \(source) AND published_at IS NULL
        ORDER BY created_at LIMIT \(Self.most)
      ) waiting
      """)
    guard let row = result.rows.first else { return Self(count: 0, age: 0) }
    return Self(count: try row.get("count"), age: try row.get("age"))
  }
}
