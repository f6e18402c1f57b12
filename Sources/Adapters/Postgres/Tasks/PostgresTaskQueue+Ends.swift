import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// How the ends of tasks are written, and failures for good are told to the other services.
extension PostgresTaskQueue {
  /// The most ends of tasks with ordering keys in a transaction, because each takes a lock of its key.
  private static let mostOrdered = 100

  /// The ends of tasks with ordering keys are written by themselves, and only if there are any: they may have to wait
  /// for the row of the next task.
  public func finish(_ ends: [TaskEnd], worker: String) async throws -> Set<TaskClaim> {
    var written = try await finish(ends, areOrdered: false, worker)
    let rest = ends.filter { !written.contains($0.task.claim) }
    for begin in stride(from: 0, to: rest.count, by: Self.mostOrdered) {
      let part = Array(rest[begin..<min(begin + Self.mostOrdered, rest.count)])
      do {
        written.formUnion(try await finish(part, areOrdered: true, worker))
      } catch {
        // They are still held, as if they were locked. What is written is told, so that nobody writes it again.
        let isTimeout = (error as? PostgresError)?.kind == .timeout
        guard isTimeout || !written.isEmpty else { throw error }
        break
      }
    }
    return written
  }

  /// An end that the database refuses keeps no other from being written. That task has failed.
  private func finish(_ ends: [TaskEnd], areOrdered: Bool, _ worker: String) async throws -> Set<TaskClaim> {
    guard let first = ends.first else { return [] }
    do {
      return try await write(ends, areOrdered, worker)
    } catch let error as PostgresError where error.refusesValues {
      guard ends.count > 1 else {
        return try await write([TaskEnd(first.task, .failed(code: "end_refused"))], areOrdered, worker)
      }
      var written: Set<TaskClaim> = []
      for end in ends {
        do {
          written.formUnion(try await finish([end], areOrdered: areOrdered, worker))
        } catch {
          guard !written.isEmpty else { throw error }
          break
        }
      }
      return written
    }
  }

  /// A failure for good is told to the other services.
  private func write(_ ends: [TaskEnd], _ areOrdered: Bool, _ worker: String) async throws -> Set<TaskClaim> {
    // Most tasks succeed, and what is written then depends on nothing.
    let successes = areOrdered ? [] : ends.filter(\.isSuccess).map(\.task.claim)
    let rest = successes.isEmpty ? ends : ends.filter { !$0.isSuccess }
    return try await pool.transaction(settings: Self.byIndex) { transaction in
      var written: Set<TaskClaim> = []
      if !successes.isEmpty { written = try await Self.complete(successes, worker, in: transaction) }
      guard !rest.isEmpty else { return written }
      let (others, failed) = try await Self.write(rest, areOrdered, worker, in: transaction)
      written.formUnion(others)
      guard !failed.isEmpty else { return written }
      let failures = rest.filter { failed.contains($0.task.claim) }.compactMap(TaskFailed.init)
      try await Self.outbox.append(failures, in: transaction)
      return written
    }
  }

  /// Writes the successes of tasks without an ordering key. Like `write`, but for what only other ends need. The rows are
  /// not read back unless some are missing.
  /// - Returns: all that are written.
  private static func complete(
    _ claims: [TaskClaim], _ worker: String, in transaction: PostgresTransaction
  ) async throws -> Set<TaskClaim> {
    let (ids, numbers) = (claims.map(\.task.uuid), claims.map(\.number))
    let result = try await transaction.query(
      """
      WITH held AS MATERIALIZED (
        SELECT own.place FROM unnest(\(ids), \(numbers)) AS done (id, claim), LATERAL (
          SELECT tasks.ctid AS place FROM tasks
          WHERE tasks.id = done.id AND tasks.claims = done.claim
            AND tasks.status = 'running' AND tasks.worker = \(worker) AND tasks.ordering_key IS NULL
          LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
        ) own
      )
      UPDATE tasks SET
        status = 'completed', is_open = false, error = NULL, lease_until = NULL, completed_at = clock_timestamp(),
        failing_since = NULL, awaits_callback = false, steps = NULL, woken = false
      FROM held WHERE tasks.ctid = held.place
      """)
    guard result.affectedRows < claims.count else { return Set(claims) }
    guard result.affectedRows > 0 else { return [] }
    // The versions of rows that this transaction has made.
    let own = try await transaction.query(
      """
      SELECT own.id, own.claims FROM unnest(\(ids), \(numbers)) AS done (id, claim), LATERAL (
        SELECT tasks.id, tasks.claims FROM tasks
        WHERE tasks.id = done.id AND tasks.claims = done.claim AND tasks.xmin = pg_current_xact_id()::xid LIMIT 1
      ) own
      """)
    return try Self.claims(own)
  }

  /// Each end finds its row by the id alone, since a subquery with a limit is not joined in another order: by statistics
  /// from a moment when nothing was running, the planner would read all tasks and compare each with all ends. A locked row
  /// stays where it is, so that it is found again without an index. An end whose key something else has locked is left
  /// out, so that the trigger of the order does not wait for it.
  /// - Returns: all ends that are written, and those of them by which a task has failed.
  private static func write(
    _ ends: [TaskEnd], _ areOrdered: Bool, _ worker: String, in transaction: PostgresTransaction
  ) async throws -> (written: Set<TaskClaim>, failed: Set<TaskClaim>) {
    let result = try await transaction.query(
      """
      WITH done AS MATERIALIZED (
        SELECT * FROM unnest(
          \(ends.map(\.task.id.uuid)), \(ends.map(\.task.claim.number)), \(ends.map(\.end.status)), \(ends.map(\.end.code)),
          \(ends.map(\.end.pause)), \(ends.map(\.end.uncounted)), \(ends.map(\.end.awaits))
        ) AS done (id, claim, status, code, pause_ms, uncounted, awaits)
      ), held AS MATERIALIZED (
        SELECT done.*, own.place FROM done, LATERAL (
          SELECT tasks.ctid AS place FROM tasks
          WHERE tasks.id = done.id AND tasks.claims = done.claim
            AND tasks.status = 'running' AND tasks.worker = \(worker)
            AND (tasks.ordering_key IS NOT NULL) = \(areOrdered)
            AND CASE WHEN tasks.ordering_key IS NULL THEN true
              ELSE pg_try_advisory_xact_lock(hashtextextended('task order:' || tasks.ordering_key, 0)) END
          LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
        ) own
      )
      UPDATE tasks SET
        status = CASE WHEN held.status IN ('pending', 'parked', 'failed') AND tasks.cancel_asked THEN 'cancelled'
          ELSE held.status END,
        is_open = held.status IN ('pending', 'parked') AND NOT tasks.cancel_asked, error = held.code,
        lease_until = NULL,
        completed_at = CASE WHEN held.status NOT IN ('pending', 'parked') OR tasks.cancel_asked
          THEN clock_timestamp() END,
        worker = CASE WHEN held.status NOT IN ('pending', 'parked') OR tasks.cancel_asked THEN tasks.worker END,
        attempts = tasks.attempts - held.uncounted,
        failures = CASE WHEN held.code IS NULL OR held.uncounted > 0 THEN tasks.failures ELSE
          coalesce(
            CASE WHEN jsonb_array_length(tasks.failures) >= \(TaskFailure.mostKept)
              THEN tasks.failures - \(TaskFailure.firstKept)::integer ELSE tasks.failures END,
            '[]'
          ) || jsonb_build_array(jsonb_build_object(
            'attempt', tasks.attempts, 'code', held.code, 'worker', tasks.worker,
            'at', (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
            'ms', \(longestAttempt.milliseconds)
              - (extract(epoch FROM tasks.lease_until - clock_timestamp()) * 1000)::bigint)) END,
        failing_since = CASE WHEN held.status = 'pending' AND held.uncounted = 0
          THEN coalesce(tasks.failing_since, clock_timestamp()) END,
        awaits_callback = held.awaits = 1,
        steps = CASE WHEN held.status NOT IN ('completed', 'cancelled') AND NOT tasks.cancel_asked
          THEN tasks.steps END,
        run_at = CASE WHEN held.status <> 'pending' THEN tasks.run_at
          WHEN tasks.woken OR held.awaits = 1 AND tasks.called_back_at
            >= tasks.lease_until - \(longestAttempt.milliseconds) * interval '1 millisecond'
            THEN clock_timestamp()
          ELSE clock_timestamp() + held.pause_ms * interval '1 millisecond' END,
        woken = false
      FROM held WHERE tasks.ctid = held.place
      RETURNING tasks.id, tasks.claims, tasks.status = 'failed' AS has_failed
      """)
    guard ends.contains(where: { $0.end.status == "failed" }) else { return (try claims(result), []) }
    let failed = try result.rows.filter { try $0.get("has_failed") == true }.map { try claim($0) }
    return (try claims(result), Set(failed))
  }
}

extension TaskEnd {
  fileprivate var isSuccess: Bool { end == .completed }
}

extension TaskFailed {
  /// Nil for any other end.
  fileprivate init?(_ end: TaskEnd) {
    guard case .failed(let code) = end.end else { return nil }
    self.init(
      taskID: end.task.id.description, taskType: end.task.type.rawValue, userID: end.task.userID, errorCode: code)
  }
}

extension TaskDisposition {
  fileprivate var status: String {
    switch self {
    case .completed: "completed"
    case .failed: "failed"
    case .again, .afterCallback: "pending"
    case .cancelled: "cancelled"
    case .parked: "parked"
    }
  }

  fileprivate var code: String? {
    switch self {
    case .completed, .cancelled: nil
    case .failed(let code), .parked(let code): code
    case .again(_, let code, _), .afterCallback(_, let code): code
    }
  }

  /// Milliseconds.
  fileprivate var pause: Int {
    switch self {
    case .again(let after, _, _), .afterCallback(let after, _): after.milliseconds
    default: 0
    }
  }

  /// The attempts that are given back.
  fileprivate var uncounted: Int {
    switch self {
    case .again(_, _, counts: false), .afterCallback, .parked: 1
    default: 0
    }
  }

  /// 1 if a callback makes the task due.
  fileprivate var awaits: Int { if case .afterCallback = self { 1 } else { 0 } }
}
