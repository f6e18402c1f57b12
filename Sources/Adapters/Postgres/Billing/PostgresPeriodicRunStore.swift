import PostgresDriver

/// What one instance does for all, once in a while, by the store's clock.
public struct PostgresPeriodicRunStore: Sendable {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  /// Whether the round is the caller's. It is due again in ten minutes unless it is finished.
  public func begin(_ name: String) async throws(PostgresError) -> Bool {
    try await database.query(
      """
      UPDATE billing_rounds SET due_at = clock_timestamp() + interval '10 minutes'
      WHERE name = \(name) AND due_at <= statement_timestamp()
      """
    ).affectedRows == 1
  }

  /// The next one is due in an hour.
  public func finish(_ name: String) async throws(PostgresError) {
    try await database.query(
      "UPDATE billing_rounds SET due_at = clock_timestamp() + interval '1 hour' WHERE name = \(name)")
  }
}
