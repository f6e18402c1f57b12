import Application
import Domain
import PostgresDriver

/// An operator's actions on the queue.
public struct PostgresTaskAdministration: TaskAdministration {
  private let database: any PostgresStatementRunner

  public init(database: any PostgresStatementRunner) { self.database = database }

  public func retry(_ id: TaskID) async throws -> TaskSummary? {
    let result = try await database.query(
      """
      UPDATE tasks SET status = 'pending', attempts = 0, error = NULL, completed_at = NULL, run_at = clock_timestamp()
      WHERE id = \(id.uuid) AND status = ANY(\(TaskState.allCases.filter(\.canRetry).map(\.rawValue)))
      RETURNING \(TaskSummary.columns)
      """)
    try await database.query("SELECT pg_notify('tasks', '')")
    return try result.rows.first.map(TaskSummary.init)
  }

  public func cancel(_ id: TaskID) async throws -> TaskSummary? {
    try await database.query(
      """
      UPDATE tasks SET status = 'cancelled', completed_at = clock_timestamp()
      WHERE id = \(id.uuid) AND status = ANY(\(TaskState.allCases.filter(\.canCancel).map(\.rawValue)))
      RETURNING \(TaskSummary.columns)
      """
    ).rows.first.map(TaskSummary.init)
  }
}
