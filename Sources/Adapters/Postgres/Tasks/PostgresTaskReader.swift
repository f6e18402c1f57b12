import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// The tasks of the queue, as their user or an operator sees them. What an operator sees of a million finished tasks is
/// found in indexes.
public struct PostgresTaskReader: TaskReader {
  let database: PostgresPool
  let span: Int
  let look: Int

  /// - Parameters:
  ///   - span: how many unfinished tasks a search looks at, at most, and how many unsuccessful ones
  ///   - look: how many tasks a search looks at, at most, if it looks for those that went well, too
  public init(database: PostgresPool, span: Int = 5_000, look: Int = 1_000) {
    self.database = database
    self.span = span
    self.look = look
  }

  public func page(_ scope: TaskOwnerFilter, after cursor: TaskCursor?, limit: Int) async throws -> [TaskSummary] {
    guard limit > 0 else { return [] }
    guard let owner = scope.owner else { return try await everyone(after: cursor, limit: limit) }
    return try await database.query(
      """
      SELECT \(TaskSummary.columns) FROM tasks
      WHERE user_id = \(owner)
        AND (\(cursor?.createdAt)::timestamptz IS NULL OR (created_at, id) < (\(cursor?.createdAt), \(cursor?.id.uuid)))
      ORDER BY created_at DESC, id DESC LIMIT \(limit)
      """
    ).rows.map(TaskSummary.init)
  }

  /// No index has all tasks in the order of their creation: it would cost each task two entries. The unfinished ones
  /// have such an index. The index by the end of tasks has the time of their creation, too, and a task has not ended
  /// before it was created. So the tasks that have ended last bound what a page can have (`recent`). Ten times as many
  /// as a page shows are looked at, so that a few old tasks among them do not move the bound. The creation of the page's
  /// last task (`oldest`) is then found in the index, and the rows of the page are read. The few tasks without such an
  /// end have an index of their own.
  /// - Parameter withUnfinished: false for finished tasks only.
  func everyone(
    after cursor: TaskCursor?, limit: Int, withUnfinished: Bool = true
  ) async throws -> [TaskSummary] {
    try await database.transaction(settings: PostgresTaskQueue.byIndex) { transaction in
      try await transaction.query(
        """
        WITH recent AS MATERIALIZED (
          SELECT last.created_at AS since FROM (
            SELECT created_at FROM tasks
            WHERE completed_at < coalesce(\(cursor?.createdAt)::timestamptz, 'infinity')
              AND created_at < coalesce(\(cursor?.createdAt)::timestamptz, 'infinity') AND completed_at >= created_at
            ORDER BY completed_at DESC LIMIT 10 * \(limit)::bigint
          ) AS last
          ORDER BY last.created_at DESC OFFSET \(limit - 1) LIMIT 1
        ), oldest AS MATERIALIZED (
          SELECT created_at FROM tasks
          WHERE completed_at >= coalesce((SELECT since FROM recent), '-infinity')
            AND created_at < coalesce(\(cursor?.createdAt)::timestamptz, 'infinity') AND completed_at >= created_at
          ORDER BY created_at DESC OFFSET \(limit - 1) LIMIT 1
        )
        SELECT \(TaskSummary.columns) FROM (
          (SELECT \(TaskSummary.columns) FROM tasks
          WHERE \(withUnfinished) AND is_open IS TRUE AND (created_at, id) < (
            coalesce(\(cursor?.createdAt)::timestamptz, 'infinity'),
            coalesce(\(cursor?.id.uuid)::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
          ORDER BY created_at DESC, id DESC LIMIT \(limit))
          UNION ALL
          (SELECT \(TaskSummary.columns) FROM tasks
          WHERE completed_at >= coalesce((SELECT created_at FROM oldest), '-infinity')
            AND created_at >= coalesce((SELECT created_at FROM oldest), '-infinity')
            AND created_at <= coalesce(\(cursor?.createdAt)::timestamptz, 'infinity')
            AND (created_at, id) < (
              coalesce(\(cursor?.createdAt)::timestamptz, 'infinity'),
              coalesce(\(cursor?.id.uuid)::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
            AND completed_at >= created_at AND is_open IS NOT TRUE
          ORDER BY created_at DESC, id DESC LIMIT \(limit))
          UNION ALL
          (SELECT \(TaskSummary.columns) FROM tasks
          WHERE is_open IS NOT TRUE AND (completed_at IS NULL OR completed_at < created_at)
            AND (created_at, id) < (
              coalesce(\(cursor?.createdAt)::timestamptz, 'infinity'),
              coalesce(\(cursor?.id.uuid)::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
          ORDER BY created_at DESC, id DESC LIMIT \(limit))
        ) AS newest
        ORDER BY created_at DESC, id DESC LIMIT \(limit)
        """
      ).rows.map(TaskSummary.init)
    }
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

  public func stats(_ scope: TaskOwnerFilter) async throws -> TaskStats {
    let rows: [PostgresRow]
    if let owner = scope.owner {
      rows = try await database.query(
        "SELECT status, type, \(Self.figures) FROM tasks WHERE user_id = \(owner) GROUP BY status, type"
      ).rows
    } else {
      rows = try await statsOfEveryone()
    }
    var (counts, oldest): ([TaskState: Int], [TaskState: [String: Duration]]) = ([:], [:])
    for row in rows {
      let number: Int = try row.get("number")
      guard number > 0, let state = TaskState(rawValue: try row.get("status")) else { continue }
      counts[state, default: 0] += number
      guard state != .completed, let type = try row.get("type", as: String?.self),
        let age = try row.get("oldest_ms", as: Int64?.self)
      else { continue }
      oldest[state, default: [:]][type] = .milliseconds(max(age, 0))
    }
    return TaskStats(counts: counts, oldest: oldest)
  }

  private static let figures: PostgresColumnList = """
    count(*) AS number,
    (extract(epoch FROM statement_timestamp() - min(created_at)) * 1000)::bigint AS oldest_ms
    """

  /// What has succeeded is what has ended but for the rest. The entries of the index by the end of tasks are counted,
  /// without their rows.
  private func statsOfEveryone() async throws -> [PostgresRow] {
    try await database.transaction(settings: PostgresTaskQueue.byIndex) { transaction in
      try await transaction.query(
        """
        SELECT status, type, \(Self.figures) FROM tasks WHERE is_open GROUP BY status, type
        UNION ALL
        SELECT status, type, \(Self.figures) FROM tasks WHERE is_unsuccessful GROUP BY status, type
        UNION ALL
        SELECT 'completed', NULL, (SELECT count(*) FROM tasks WHERE completed_at IS NOT NULL)
          + (SELECT count(*) FROM tasks
            WHERE is_open IS NOT TRUE AND (completed_at IS NULL OR completed_at < created_at) AND completed_at IS NULL)
          - (SELECT count(*) FROM tasks WHERE is_unsuccessful), NULL
        """
      ).rows
    }
  }
}

extension TaskOwnerFilter {
  var owner: UUID? {
    if case .own(let user) = self { user.uuid } else { nil }
  }
}
