import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// The queue in the `tasks` table. A claim is one short statement; the work happens outside any transaction.
public struct PostgresTaskQueue: TaskQueue {
  private let database: any PostgresStatementRunner

  public init(database: any PostgresStatementRunner) { self.database = database }

  public func claim(limit: Int, worker: String, lease: Duration) async throws -> [ClaimedTask] {
    let known = TaskType.allCases.map(\.rawValue)
    let result = try await database.query(
      """
      WITH due AS (
        SELECT id, type = ANY(\(known)) AS known FROM tasks WHERE status = 'pending' AND run_at <= statement_timestamp()
        ORDER BY priority DESC, run_at LIMIT \(limit) FOR UPDATE SKIP LOCKED
      )
      UPDATE tasks SET
        status = CASE WHEN known THEN 'running' ELSE 'parked' END,
        attempts = attempts + CASE WHEN known THEN 1 ELSE 0 END,
        worker = CASE WHEN known THEN \(worker) END,
        started_at = CASE WHEN known THEN coalesce(started_at, clock_timestamp()) ELSE started_at END,
        lease_until = CASE WHEN known THEN clock_timestamp() + \(lease.milliseconds) * interval '1 millisecond' END
      FROM due WHERE tasks.id = due.id
      RETURNING tasks.id, tasks.type, tasks.payload::text AS payload, tasks.user_id, tasks.attempts,
        (extract(epoch FROM clock_timestamp() - tasks.created_at) * 1000)::bigint AS age_ms
      """)
    return try result.rows.compactMap(Self.claimed)
  }

  public func extend(_ task: ClaimedTask, worker: String, lease: Duration) async throws -> Bool {
    try await database.query(
      """
      UPDATE tasks SET lease_until = clock_timestamp() + \(lease.milliseconds) * interval '1 millisecond'
      WHERE id = \(task.id.uuid) AND status = 'running' AND worker = \(worker) AND attempts = \(task.attempt)
      """
    ).affectedRows == 1
  }

  public func finish(_ task: ClaimedTask, worker: String, as end: TaskDisposition) async throws -> Bool {
    let result: PostgresResult
    switch end {
    case .completed:
      result = try await database.query(
        """
        UPDATE tasks SET status = 'completed', completed_at = clock_timestamp(), error = NULL, lease_until = NULL
        WHERE id = \(task.id.uuid) AND status = 'running' AND worker = \(worker) AND attempts = \(task.attempt)
        """)
    case .failed(let code):
      result = try await database.query(
        """
        UPDATE tasks SET status = 'failed', completed_at = clock_timestamp(), error = \(code), lease_until = NULL
        WHERE id = \(task.id.uuid) AND status = 'running' AND worker = \(worker) AND attempts = \(task.attempt)
        """)
    case .again(let after, let code, let counts):
      result = try await database.query(
        """
        UPDATE tasks SET status = 'pending', error = \(code), worker = NULL, lease_until = NULL,
          attempts = attempts - \(counts ? 0 : 1),
          run_at = clock_timestamp() + \(after.milliseconds) * interval '1 millisecond'
        WHERE id = \(task.id.uuid) AND status = 'running' AND worker = \(worker) AND attempts = \(task.attempt)
        """)
    }
    return result.affectedRows == 1
  }

  public func rescue(maximumAttempts: Int) async throws -> Int {
    try await database.query(
      """
      WITH lost AS (
        SELECT id FROM tasks WHERE status = 'running' AND lease_until < statement_timestamp()
        LIMIT 100 FOR UPDATE SKIP LOCKED
      )
      UPDATE tasks SET
        status = CASE WHEN attempts >= \(maximumAttempts) THEN 'failed' ELSE 'pending' END,
        completed_at = CASE WHEN attempts >= \(maximumAttempts) THEN clock_timestamp() END,
        error = 'worker_lost', worker = NULL, lease_until = NULL, run_at = clock_timestamp()
      FROM lost WHERE tasks.id = lost.id
      """
    ).affectedRows
  }

  private static func claimed(_ row: PostgresRow) throws(PostgresError) -> ClaimedTask? {
    guard let type = TaskType(rawValue: try row.get("type")) else { return nil }
    let user: UUID? = try row.get("user_id")
    return ClaimedTask(
      id: TaskID(try row.get("id")), type: type, payload: try row.get("payload"), userID: user.map(UserID.init),
      attempt: try row.get("attempts"), age: .milliseconds(try row.get("age_ms", as: Int64.self)))
  }
}

extension Duration {
  /// Whole milliseconds, rounded down: the factor for an interval in a statement.
  var milliseconds: Int { Int(clamping: wholeMilliseconds) }
}
