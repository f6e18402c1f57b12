import Application
import Domain
import Foundation
import PostgresDriver
import Synchronization
import Testing

/// A queue whose process can be killed.
protocol KillableTaskQueue: TaskQueue {
  /// From now on nothing is read or written, as after a kill of the process.
  func kill()
}

/// The queue of the release before, with the statements that it sends. That release has a lease for each task. It knows
/// neither numbers of claims, nor versions, callbacks, kept steps, pauses, nor the newest type. Its end of a task is
/// a statement of its own.
final class OlderTaskQueue: KillableTaskQueue {
  struct Killed: Error {}

  /// The types that the release before knows.
  static let known = TaskType.allCases.filter { $0 != .carePlanKeys }
  private static let lease = 30_000
  /// After so many attempts the release before lets a task fail.
  private static let maximumAttempts = 10

  private struct State {
    var isKilled = false
    var claims = 0
  }

  private let pool: PostgresPool
  private let state = Mutex(State())

  init(pool: PostgresPool) { self.pool = pool }

  func kill() { state.withLock { $0.isKilled = true } }

  private func live() throws {
    if state.withLock(\.isKilled) { throw Killed() }
  }

  /// The release before keeps no places for urgent tasks.
  func claim(limit: Int, onlyUrgent: Bool, worker: String, lease: Duration) async throws -> [ClaimedTask] {
    try live()
    guard limit > 0 else { return [] }
    let result = try await pool.query(
      """
      WITH due AS (
        SELECT id, type = ANY(\(Self.known.map(\.rawValue))) AS known FROM tasks
        WHERE status = 'pending' AND run_at <= statement_timestamp()
        ORDER BY priority DESC, run_at LIMIT \(limit) FOR UPDATE SKIP LOCKED
      )
      UPDATE tasks SET
        status = CASE WHEN known THEN 'running' ELSE 'parked' END,
        attempts = attempts + CASE WHEN known THEN 1 ELSE 0 END,
        worker = CASE WHEN known THEN \(worker) END,
        started_at = CASE WHEN known THEN coalesce(started_at, clock_timestamp()) ELSE started_at END,
        lease_until = CASE WHEN known THEN clock_timestamp() + \(Self.lease) * interval '1 millisecond' END
      FROM due WHERE tasks.id = due.id
      RETURNING tasks.id, tasks.type, tasks.payload::text AS payload, tasks.user_id, tasks.attempts,
        (extract(epoch FROM clock_timestamp() - tasks.created_at) * 1000)::bigint AS age_ms
      """)
    var tasks: [ClaimedTask] = []
    for row in result.rows {
      guard let type = TaskType(rawValue: try row.get("type")), Self.known.contains(type) else { continue }
      let user: UUID? = try row.get("user_id")
      // The worker of this release tells claims apart by number. That of the release before has none in the table.
      let number = state.withLock { state in
        state.claims += 1
        return state.claims
      }
      tasks.append(
        ClaimedTask(
          id: TaskID(try row.get("id")), type: type, payload: try row.get("payload"), userID: user.map(UserID.init),
          attempt: try row.get("attempts"), claim: number, age: .milliseconds(try row.get("age_ms", as: Int64.self))))
    }
    return tasks
  }

  /// The leases are those of the tasks, which `held` extends.
  func extend(worker: String, lease: Duration) async throws { try live() }

  func held(_ tasks: [ClaimedTask], worker: String) async throws -> HeldTasks {
    var claims: Set<TaskClaim> = []
    for task in tasks {
      try live()
      let isExtended =
        try await pool.query(
          """
          UPDATE tasks SET lease_until = clock_timestamp() + \(Self.lease) * interval '1 millisecond'
          WHERE id = \(task.id.uuid) AND status = 'running' AND worker = \(worker) AND attempts = \(task.attempt)
          """
        ).affectedRows == 1
      if isExtended { claims.insert(task.claim) }
    }
    return HeldTasks(claims: claims, toCancel: [])
  }

  func finish(_ ends: [TaskEnd], worker: String) async throws -> Set<TaskClaim> {
    var written: Set<TaskClaim> = []
    for one in ends {
      try live()
      if try await finish(one.task, worker, one.end) { written.insert(one.task.claim) }
    }
    return written
  }

  private func finish(_ task: ClaimedTask, _ worker: String, _ end: TaskDisposition) async throws -> Bool {
    let statement: PostgresQuery
    switch end {
    case .completed:
      statement = """
        UPDATE tasks SET status = 'completed', completed_at = clock_timestamp(), error = NULL, lease_until = NULL
        WHERE id = \(task.id.uuid) AND status = 'running' AND worker = \(worker) AND attempts = \(task.attempt)
        """
    case .failed(let code): statement = failure(code, task, worker)
    case .again(_, let code, counts: true) where task.attempt >= Self.maximumAttempts:
      statement = failure(code ?? "", task, worker)
    case .again(let after, let code, let counts):
      statement = """
        UPDATE tasks SET status = 'pending', error = \(code), worker = NULL, lease_until = NULL,
          attempts = attempts - \(counts ? 0 : 1),
          run_at = clock_timestamp() + \(after.wholeMilliseconds) * interval '1 millisecond'
        WHERE id = \(task.id.uuid) AND status = 'running' AND worker = \(worker) AND attempts = \(task.attempt)
        """
    case .afterCallback, .cancelled, .parked:
      Issue.record("the release before has no such end: \(end)")
      return false
    }
    return try await pool.query(statement).affectedRows == 1
  }

  private func failure(_ code: String, _ task: ClaimedTask, _ worker: String) -> PostgresQuery {
    """
    UPDATE tasks SET status = 'failed', completed_at = clock_timestamp(), error = \(code), lease_until = NULL
    WHERE id = \(task.id.uuid) AND status = 'running' AND worker = \(worker) AND attempts = \(task.attempt)
    """
  }

  /// The claim of the release before parks what it does not know.
  func survey() async throws { try live() }

  func rescue(maximumLosses: Int) async throws -> Int {
    try live()
    return try await pool.query(
      """
      WITH lost AS (
        SELECT id FROM tasks WHERE status = 'running' AND lease_until < statement_timestamp()
        LIMIT 100 FOR UPDATE SKIP LOCKED
      )
      UPDATE tasks SET
        status = CASE WHEN attempts >= \(Self.maximumAttempts) THEN 'failed' ELSE 'pending' END,
        completed_at = CASE WHEN attempts >= \(Self.maximumAttempts) THEN clock_timestamp() END,
        error = 'worker_lost', worker = NULL, lease_until = NULL, run_at = clock_timestamp()
      FROM lost WHERE tasks.id = lost.id
      """
    ).affectedRows
  }

  /// The release before waits for the ends of the leases instead.
  func lostTasks(exceptInHand hand: [TaskClaim], worker: String) async throws -> LostTasks {
    try live()
    return LostTasks(worker: worker, hand: hand, until: 0)
  }

  func putBack(_ lost: LostTasks) async throws -> Int {
    try live()
    return 0
  }

  func leave(worker: String) async throws { try live() }
}
