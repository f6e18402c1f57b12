import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// The queue as its user and an operator see it.
public struct PostgresTaskAdministration: TaskReader, TaskAdministration {
  private let database: any PostgresSession

  public init(database: any PostgresSession) { self.database = database }

  public func page(_ scope: TaskScope, after cursor: TaskCursor?, limit: Int) async throws -> [TaskSummary] {
    try await database.query(
      """
      SELECT \(Self.columns) FROM tasks
      WHERE (\(scope.owner)::uuid IS NULL OR user_id = \(scope.owner))
        AND (\(cursor?.createdAt)::timestamptz IS NULL OR (created_at, id) < (\(cursor?.createdAt), \(cursor?.id.uuid)))
      ORDER BY created_at DESC, id DESC LIMIT \(limit)
      """
    ).rows.map(Self.summary)
  }

  public func task(_ id: TaskID, _ scope: TaskScope) async throws -> TaskSummary? {
    try await database.query(
      """
      SELECT \(Self.columns) FROM tasks
      WHERE id = \(id.uuid) AND (\(scope.owner)::uuid IS NULL OR user_id = \(scope.owner))
      """
    ).rows.first.map(Self.summary)
  }

  public func counts(_ scope: TaskScope) async throws -> [TaskState: Int] {
    let result = try await database.query(
      """
      SELECT status, count(*) AS rows FROM tasks
      WHERE (\(scope.owner)::uuid IS NULL OR user_id = \(scope.owner)) GROUP BY status
      """)
    var counts: [TaskState: Int] = [:]
    for row in result.rows {
      if let state = TaskState(rawValue: try row.get("status")) { counts[state] = try row.get("rows") }
    }
    return counts
  }

  public func retry(_ id: TaskID) async throws -> TaskSummary? {
    let result = try await database.query(
      """
      UPDATE tasks SET status = 'pending', attempts = 0, error = NULL, completed_at = NULL, run_at = clock_timestamp()
      WHERE id = \(id.uuid) AND status IN ('failed', 'cancelled', 'parked')
      RETURNING \(Self.columns)
      """)
    try await database.query("SELECT pg_notify('tasks', '')")
    return try result.rows.first.map(Self.summary)
  }

  public func cancel(_ id: TaskID) async throws -> TaskSummary? {
    try await database.query(
      """
      UPDATE tasks SET status = 'cancelled', completed_at = clock_timestamp()
      WHERE id = \(id.uuid) AND status IN ('pending', 'parked')
      RETURNING \(Self.columns)
      """
    ).rows.first.map(Self.summary)
  }

  private static let columns: PostgresColumnList =
    "id, type, status, attempts, error, created_at, started_at, completed_at"

  private static func summary(_ row: PostgresRow) throws(PostgresError) -> TaskSummary {
    TaskSummary(
      id: TaskID(try row.get("id")), type: try row.get("type"),
      state: TaskState(rawValue: try row.get("status")) ?? .parked, attempts: try row.get("attempts"),
      errorCode: try row.get("error"), createdAt: try row.get("created_at"), startedAt: try row.get("started_at"),
      completedAt: try row.get("completed_at"))
  }
}

extension TaskScope {
  fileprivate var owner: UUID? {
    if case .own(let user) = self { user.uuid } else { nil }
  }
}
