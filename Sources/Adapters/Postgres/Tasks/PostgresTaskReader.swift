import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// The tasks of the queue, as their user or an operator sees them.
public struct PostgresTaskReader: TaskReader {
  private let database: any PostgresStatementRunner

  public init(database: any PostgresStatementRunner) { self.database = database }

  public func page(_ scope: TaskOwnerFilter, after cursor: TaskCursor?, limit: Int) async throws -> [TaskSummary] {
    try await database.query(
      """
      SELECT \(TaskSummary.columns) FROM tasks
      WHERE (\(scope.owner)::uuid IS NULL OR user_id = \(scope.owner))
        AND (\(cursor?.createdAt)::timestamptz IS NULL OR (created_at, id) < (\(cursor?.createdAt), \(cursor?.id.uuid)))
      ORDER BY created_at DESC, id DESC LIMIT \(limit)
      """
    ).rows.map(TaskSummary.init)
  }

  public func task(_ id: TaskID, _ scope: TaskOwnerFilter) async throws -> TaskSummary? {
    try await database.query(
      """
      SELECT \(TaskSummary.columns) FROM tasks
      WHERE id = \(id.uuid) AND (\(scope.owner)::uuid IS NULL OR user_id = \(scope.owner))
      """
    ).rows.first.map(TaskSummary.init)
  }

  public func failures(of id: TaskID) async throws -> [TaskFailure] {
    let row = try await database.query(
      "SELECT coalesce(failures, '[]')::text AS failures FROM tasks WHERE id = \(id.uuid)"
    ).rows.first
    guard let text = try row?.get("failures", as: String.self) else { return [] }
    return try JSONDecoder().decode([KeptFailure].self, from: Data(text.utf8)).map(\.failure)
  }

  /// A failure as it stands in the row.
  private struct KeptFailure: Decodable {
    let attempt: Int
    let code: String
    /// Milliseconds since 1970.
    let at: Int64
    /// Milliseconds.
    let ms: Int64?
    let worker: String?

    var failure: TaskFailure {
      TaskFailure(
        attempt: attempt, code: code, failedAt: Date(timeIntervalSince1970: Double(at) / 1_000),
        duration: ms.map { .milliseconds(max($0, 0)) }, worker: worker)
    }
  }

  public func counts(_ scope: TaskOwnerFilter) async throws -> [TaskState: Int] {
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
}

extension TaskOwnerFilter {
  fileprivate var owner: UUID? {
    if case .own(let user) = self { user.uuid } else { nil }
  }
}
