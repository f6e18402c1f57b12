import Application
import Domain
import PostgresDriver

/// An operator's actions on the queue, each with its entry in the audit log.
public struct PostgresTaskAdministration: TaskAdministration {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  public func retry(_ id: TaskID, reason: Reason, actor: String) async throws -> TaskSummary? {
    try await database.transaction { transaction in
      let result = try await transaction.query(
        """
        UPDATE tasks SET status = 'pending', attempts = 0, error = NULL, completed_at = NULL, cancel_asked = false,
          losses = 0, failing_since = NULL, retried_at = clock_timestamp(), run_at = clock_timestamp()
        WHERE id = \(id.uuid) AND status = ANY(\(TaskAction.retry.states.map(\.rawValue)))
        RETURNING \(TaskSummary.columns)
        """)
      guard let task = try await noted(result, "task.retry", id, reason, actor, transaction) else { return nil }
      try await transaction.query("SELECT pg_notify(\(PostgresTaskQueue.topic), '')")
      return task
    }
  }

  /// The key is locked before the row, as the end of the task before this one does.
  public func cancel(_ id: TaskID, reason: Reason, actor: String) async throws -> TaskSummary? {
    try await database.transaction { transaction in
      try await transaction.query(
        """
        SELECT pg_advisory_xact_lock(hashtextextended('task order:' || ordering_key, 0)) FROM tasks
        WHERE id = \(id.uuid) AND ordering_key IS NOT NULL
        """)
      let result = try await transaction.query(
        """
        UPDATE tasks SET
          status = CASE WHEN status = 'running' THEN 'running' ELSE 'cancelled' END, cancel_asked = status = 'running',
          completed_at = CASE WHEN status = 'running' THEN completed_at ELSE clock_timestamp() END
        WHERE id = \(id.uuid) AND status = ANY(\(TaskAction.cancel.states.map(\.rawValue)))
        RETURNING \(TaskSummary.columns)
        """)
      return try await noted(result, "task.cancel", id, reason, actor, transaction)
    }
  }

  private func noted(
    _ result: PostgresResult, _ action: String, _ id: TaskID, _ reason: Reason, _ actor: String,
    _ transaction: PostgresTransaction
  ) async throws -> TaskSummary? {
    guard let row = result.rows.first else { return nil }
    let task = try TaskSummary(row)
    try await OperatorAction(
      actor: actor, action: action, subject: id.description, reason: reason.text, details: "type=\(task.type)"
    ).note(in: transaction)
    return task
  }
}
