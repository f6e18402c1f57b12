import Application
import Domain
import Foundation
import PostgresDriver
import Synchronization
import Testing

/// The queue of a release before that claims and ends tasks in batches, with one lease a worker. It knows neither
/// versions, callbacks, orders, kept steps, pauses, nor the newest type, and its row says no vocabulary. The statements
/// are the ones that it sends, but for the parts in which it looks through a long queue.
final class OlderBatchTaskQueue: KillableTaskQueue {
  private static let known = OlderTaskQueue.known.map(\.rawValue)
  private static let longestAttempt = 900_000

  private let pool: PostgresPool
  private let isKilled = Mutex(false)

  init(pool: PostgresPool) { self.pool = pool }

  func kill() { isKilled.withLock { $0 = true } }

  private func live() throws {
    if isKilled.withLock({ $0 }) { throw OlderTaskQueue.Killed() }
  }

  /// The release before keeps no places for urgent tasks.
  func claim(limit: Int, onlyUrgent: Bool, worker: String, lease: Duration) async throws -> [ClaimedTask] {
    try live()
    guard limit > 0 else { return [] }
    let milliseconds = lease.wholeMilliseconds
    let result = try await pool.transaction { transaction in
      try await transaction.query(
        """
        INSERT INTO task_workers (worker, lease_until)
        VALUES (\(worker), clock_timestamp() + \(milliseconds) * interval '1 millisecond')
        ON CONFLICT (worker) DO UPDATE SET lease_until = excluded.lease_until, is_swept = false
        WHERE task_workers.lease_until < statement_timestamp() + \(milliseconds * 2 / 3) * interval '1 millisecond'
        """)
      return try await transaction.query(
        """
        WITH lanes AS MATERIALIZED (
          SELECT lane.* FROM unnest(\(Self.known)) AS lane (type), LATERAL (
            SELECT tasks.run_at FROM tasks
            WHERE tasks.is_open AND tasks.type = lane.type AND tasks.priority = 0
              AND tasks.run_at <= statement_timestamp() AND tasks.status = 'pending'
            ORDER BY tasks.run_at LIMIT 1
          ) first
          ORDER BY first.run_at
        ), due AS MATERIALIZED (
          SELECT first.id, first.was_started FROM lanes, LATERAL (
            SELECT tasks.id, tasks.started_at IS NOT NULL AS was_started FROM tasks
            WHERE tasks.is_open AND tasks.type = lanes.type AND tasks.priority = 0
              AND tasks.run_at <= statement_timestamp() AND tasks.status = 'pending'
            ORDER BY tasks.run_at LIMIT \(limit) FOR UPDATE SKIP LOCKED
          ) first LIMIT \(limit)
        )
        UPDATE tasks SET status = 'running', attempts = attempts + 1, claims = claims + 1, worker = \(worker),
          lease_until = clock_timestamp() + \(Self.longestAttempt) * interval '1 millisecond',
          started_at = coalesce(started_at, clock_timestamp())
        FROM due WHERE tasks.id = due.id
        RETURNING tasks.id, tasks.type, tasks.payload::text AS payload, tasks.user_id, tasks.attempts, tasks.claims,
          due.was_started
        """)
    }
    return try result.rows.map { row in
      let user: UUID? = try row.get("user_id")
      let name: String = try row.get("type")
      let type = try #require(TaskType(rawValue: name))
      return ClaimedTask(
        id: TaskID(try row.get("id")), type: type, payload: try row.get("payload"), userID: user.map(UserID.init),
        attempt: try row.get("attempts"), claim: try row.get("claims"), wasStarted: try row.get("was_started"))
    }
  }

  func extend(worker: String, lease: Duration) async throws {
    try live()
    try await pool.query(
      """
      INSERT INTO task_workers (worker, lease_until)
      VALUES (\(worker), clock_timestamp() + \(lease.wholeMilliseconds) * interval '1 millisecond')
      ON CONFLICT (worker) DO UPDATE SET lease_until = excluded.lease_until, is_swept = false
      """)
  }

  func held(_ tasks: [ClaimedTask], worker: String) async throws -> HeldTasks {
    try live()
    let result = try await pool.query(
      """
      SELECT tasks.id, tasks.claims, tasks.cancel_asked
      FROM unnest(\(tasks.map(\.id.uuid)), \(tasks.map(\.claim.number))) AS held (id, claim)
      JOIN tasks ON tasks.id = held.id AND tasks.claims = held.claim
      WHERE tasks.status = 'running' AND tasks.worker = \(worker)
      """)
    let toCancel = try result.rows.filter { try $0.get("cancel_asked") == true }
    return HeldTasks(claims: try Self.claims(result.rows), toCancel: try Self.claims(toCancel))
  }

  private static func claims(_ rows: [PostgresRow]) throws -> Set<TaskClaim> {
    Set(try rows.map { row in TaskClaim(task: TaskID(try row.get("id")), number: try row.get("claims")) })
  }

  /// An end as the columns of a batch.
  private struct Words {
    var status: String
    var code: String?
    var pause: Int64 = 0
    var uncounted = 0

    init(_ end: TaskDisposition) {
      switch end {
      case .completed: status = "completed"
      case .cancelled: status = "cancelled"
      case .failed(let code): (status, self.code) = ("failed", code)
      case .again(let after, let code, let counts):
        (status, self.code, pause, uncounted) = ("pending", code, after.wholeMilliseconds, counts ? 0 : 1)
      case .afterCallback, .parked:
        status = "pending"
        Issue.record("the release before has no such end: \(end)")
      }
    }
  }

  func finish(_ ends: [TaskEnd], worker: String) async throws -> Set<TaskClaim> {
    try live()
    guard !ends.isEmpty else { return [] }
    let words = ends.map { Words($0.end) }
    let result = try await pool.query(
      """
      WITH done AS MATERIALIZED (
        SELECT * FROM unnest(
          \(ends.map(\.task.id.uuid)), \(ends.map(\.task.claim.number)), \(words.map(\.status)), \(words.map(\.code)),
          \(words.map(\.pause)), \(words.map(\.uncounted))
        ) AS done (id, claim, status, code, pause_ms, uncounted)
      ), held AS MATERIALIZED (
        SELECT tasks.id FROM done JOIN tasks ON tasks.id = done.id AND tasks.claims = done.claim
        WHERE tasks.status = 'running' AND tasks.worker = \(worker) FOR NO KEY UPDATE OF tasks SKIP LOCKED
      )
      UPDATE tasks SET
        status = CASE WHEN done.status = 'pending' AND tasks.cancel_asked THEN 'cancelled' ELSE done.status END,
        is_open = done.status = 'pending' AND NOT tasks.cancel_asked, error = done.code, lease_until = NULL,
        completed_at = CASE WHEN done.status <> 'pending' OR tasks.cancel_asked
          THEN clock_timestamp() END,
        worker = CASE WHEN done.status <> 'pending' OR tasks.cancel_asked THEN tasks.worker END,
        attempts = tasks.attempts - done.uncounted,
        failing_since = CASE WHEN done.status = 'pending' AND done.uncounted = 0
          THEN coalesce(tasks.failing_since, clock_timestamp()) END,
        run_at = CASE WHEN done.status = 'pending'
          THEN clock_timestamp() + done.pause_ms * interval '1 millisecond' ELSE tasks.run_at END
      FROM held JOIN done ON done.id = held.id WHERE tasks.id = held.id AND tasks.claims = done.claim
      RETURNING tasks.id, tasks.claims
      """)
    return try Self.claims(result.rows)
  }

  func survey() async throws {
    try live()
    try await pool.query(
      """
      WITH unknown AS MATERIALIZED (
        SELECT id FROM tasks
        WHERE is_open AND type <> ALL(\(Self.known)) AND run_at <= statement_timestamp() AND status = 'pending'
        ORDER BY run_at LIMIT 500 FOR UPDATE SKIP LOCKED
      )
      UPDATE tasks SET status = 'parked', error = 'unknown_type' FROM unknown WHERE tasks.id = unknown.id
      """)
  }

  func rescue(maximumLosses: Int) async throws -> Int {
    try live()
    let count = try await pool.query(
      """
      WITH lost AS MATERIALIZED (
        SELECT id FROM tasks WHERE is_open AND status = 'running' AND (
          coalesce(lease_until, '-infinity') < statement_timestamp()
          OR worker IN (SELECT worker FROM task_workers WHERE lease_until < statement_timestamp() AND NOT is_swept))
        ORDER BY run_at LIMIT 500 FOR UPDATE SKIP LOCKED
      )
      UPDATE tasks SET
        status = CASE WHEN cancel_asked THEN 'cancelled' WHEN losses + 1 >= \(maximumLosses) THEN 'failed'
          ELSE 'pending' END,
        is_open = NOT cancel_asked AND losses + 1 < \(maximumLosses),
        completed_at = CASE WHEN cancel_asked OR losses + 1 >= \(maximumLosses)
          THEN clock_timestamp() END,
        losses = losses + 1, error = 'worker_lost', worker = NULL, lease_until = NULL, run_at = clock_timestamp()
      FROM lost WHERE tasks.id = lost.id
      """
    ).affectedRows
    try await pool.query(
      """
      WITH parked AS MATERIALIZED (
        SELECT id FROM tasks
        WHERE is_open AND type = ANY(\(Self.known)) AND status = 'parked' AND error = 'unknown_type'
        ORDER BY run_at LIMIT 500 FOR UPDATE SKIP LOCKED
      )
      UPDATE tasks SET status = 'pending', error = NULL, failing_since = NULL, run_at = clock_timestamp()
      FROM parked WHERE tasks.id = parked.id
      """)
    return count
  }

  /// The release before puts lost tasks back before its next claim, and not beside it.
  func lostTasks(exceptInHand hand: [TaskClaim], worker: String) async throws -> LostTasks {
    try live()
    try await pool.query(
      """
      WITH lost AS MATERIALIZED (
        SELECT tasks.id FROM tasks
        WHERE tasks.is_open AND tasks.status = 'running' AND tasks.worker = \(worker) AND NOT EXISTS (
          SELECT FROM unnest(\(hand.map(\.task.uuid)), \(hand.map(\.number))) AS hand (id, claim)
          WHERE hand.id = tasks.id AND hand.claim = tasks.claims)
        ORDER BY tasks.run_at LIMIT 500 FOR UPDATE
      )
      UPDATE tasks SET
        status = CASE WHEN cancel_asked THEN 'cancelled' ELSE 'pending' END, is_open = NOT cancel_asked,
        completed_at = CASE WHEN cancel_asked THEN clock_timestamp() END, attempts = greatest(attempts - 1, 0),
        worker = NULL, lease_until = NULL, run_at = clock_timestamp()
      FROM lost WHERE tasks.id = lost.id
      """)
    return LostTasks(worker: worker, hand: hand, until: 0)
  }

  func putBack(_ lost: LostTasks) async throws -> Int {
    try live()
    return 0
  }

  func leave(worker: String) async throws {
    try live()
    try await pool.query("DELETE FROM task_workers WHERE worker = \(worker)")
  }
}
