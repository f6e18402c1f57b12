import Domain
import PostgresDriver

/// Work that one instance does for all instances, at intervals of the store's clock.
public struct PostgresPeriodicRunStore: Sendable {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  /// Claims the run if it is due.
  /// - Parameter retry: after this the run is due again if it was not finished.
  /// - Returns: whether the caller is to do the run.
  public func begin(_ name: String, retryAfter retry: Duration) async throws(PostgresError) -> Bool {
    try await database.query(
      """
      UPDATE billing_rounds SET due_at = clock_timestamp() + \(retry.wholeMilliseconds) * interval '1 millisecond'
      WHERE name = \(name) AND due_at <= statement_timestamp()
      """
    ).affectedRows == 1
  }

  /// - Parameter pause: from now to the next run.
  public func finish(_ name: String, next pause: Duration) async throws(PostgresError) {
    try await database.query(
      """
      UPDATE billing_rounds SET due_at = clock_timestamp() + \(pause.wholeMilliseconds) * interval '1 millisecond'
      WHERE name = \(name)
      """)
  }
}
