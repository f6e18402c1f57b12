import Application
import Domain
import FoundationEssentials
import PostgresDriver
import Synchronization

/// Puts back what dead workers, lost answers and other releases leave behind.
extension PostgresTaskQueue {
  public func rescue(maximumLosses: Int) async throws -> Int {
    var count = 0
    let dead = try await pool.query(
      "SELECT 1 AS one FROM task_workers WHERE lease_until < statement_timestamp() AND NOT is_swept LIMIT 1")
    if !dead.rows.isEmpty { count += try await rescueFromDeadWorkers(maximumLosses) }
    guard sweeps.isDue else { return count }
    defer { sweeps.done() }
    return count + (try await sweep(maximumLosses))
  }

  /// Some tasks of an unanswered claim were not put back, because something else has locked them, or was changing them.
  struct TasksAreLocked: Error {}

  public func lostTasks(exceptInHand hand: [TaskClaim], worker: String) async throws -> LostTasks {
    // Waits for the end of a claim whose answer was lost: it has locked this row first of all.
    try await pool.query("SELECT worker FROM task_workers WHERE worker = \(worker) FOR NO KEY UPDATE")
    let now = try await pool.query("SELECT (extract(epoch FROM statement_timestamp()) * 1000000)::bigint AS now")
    return LostTasks(worker: worker, hand: hand, until: try now.rows.first?.get("now") ?? 0)
  }

  public func putBack(_ lost: LostTasks) async throws -> Int {
    let (count, unfinished) = try await lookForLost(
      lost, lock: { _ in [lost.worker] },
      change: { _, span, transaction in try await Self.putBack(lost, from: span, in: transaction) })
    guard unfinished.isEmpty else { throw TasksAreLocked() }
    return count
  }

  public func leave(worker: String) async throws {
    try await pool.query("DELETE FROM task_workers WHERE worker = \(worker)")
  }

  /// Looks through everything that is due for what some workers have lost.
  /// - Parameters:
  ///   - lost: nil if all tasks of the workers are lost.
  ///   - lock: locks the rows of workers that might come back, and returns the names of those whose tasks are lost. A
  ///     part is left out if there are none.
  ///   - change: changes at most a batch of the lost tasks in the span.
  /// - Returns: the number of all changed tasks, and the workers with a lost task that another transaction has locked or
  ///   was changing.
  private func lookForLost(
    _ lost: LostTasks? = nil, lock: @Sendable (PostgresTransaction) async throws -> [String],
    change: @Sendable (_ workers: [String], TaskDueRange, PostgresTransaction) async throws -> TaskUpkeepBatch
  ) async throws -> (count: Int, unfinished: Set<String>) {
    let unfinished = Mutex<Set<String>>([])
    let count = try await look(through: try await lanes().lanes, before: try await endOfDue()) { span, transaction in
      let workers = try await lock(transaction)
      guard !workers.isEmpty else { return TaskUpkeepBatch.none }
      try await limit(span, transaction)
      let batch = try await change(workers, span, transaction)
      if !batch.mayHaveMore {
        let rest = try await Self.running(at: workers, lost, span, in: transaction)
        unfinished.withLock { $0.formUnion(rest) }
      }
      return batch
    }
    return (count, unfinished.withLock { $0 })
  }

  /// What is in hand is found by an aggregate, here and where tasks are put back. Postgres joins NOT EXISTS, and by some
  /// statistics in the order of all ids of the table.
  /// - Returns: those of the workers that still have a lost task in the span.
  private static func running(
    at workers: [String], _ lost: LostTasks?, _ span: TaskDueRange, in transaction: PostgresTransaction
  ) async throws(PostgresError) -> Set<String> {
    let hand = lost?.hand ?? []
    let result = try await transaction.query(
      """
      SELECT DISTINCT running.worker
      FROM unnest(\(span.lanes.map(\.type)), \(span.lanes.map(\.priority))) AS lane (type, priority), LATERAL (
        SELECT tasks.worker FROM tasks
        WHERE tasks.is_open AND tasks.type = lane.type AND tasks.priority = lane.priority::smallint
          AND tasks.run_at >= CASE WHEN \(span.from) > 0
            THEN 'epoch'::timestamptz + \(span.from) * interval '1 microsecond' ELSE '-infinity' END
          AND tasks.run_at < 'epoch'::timestamptz + \(span.to) * interval '1 microsecond'
          AND tasks.status = 'running' AND tasks.worker = ANY(\(workers))
          AND coalesce(tasks.lease_until <= 'epoch'::timestamptz + \(lost?.until) * interval '1 microsecond'
            + \(longestAttempt.milliseconds) * interval '1 millisecond', true)
          AND NOT (
            SELECT coalesce(bool_or(hand.id = tasks.id AND hand.claim = tasks.claims), false)
            FROM unnest(\(hand.map(\.task.uuid)), \(hand.map(\.number))) AS hand (id, claim))
        ORDER BY tasks.run_at
      ) running
      """)
    return Set(try result.rows.map { row throws(PostgresError) in try row.get("worker", as: String.self) })
  }

  // MARK: dead workers

  private struct DeadWorker: Sendable {
    let name: String
    /// When its lease has ended, in microseconds since 1970. A worker that has come back has another lease.
    let leaseEnd: Int64
  }

  /// A claim locks the worker's row, so a worker that is looked at here has no claim that is still to be committed. One
  /// that comes back waits for a batch and then knows what it still holds. It is not looked at any further.
  private func rescueFromDeadWorkers(_ maximumLosses: Int) async throws -> Int {
    let result = try await pool.transaction(settings: Self.byIndex) { transaction in
      try await transaction.query(
        """
        SELECT worker, (extract(epoch FROM lease_until) * 1000000)::bigint AS lease_end FROM task_workers
        WHERE lease_until < statement_timestamp() AND NOT is_swept
        ORDER BY lease_until LIMIT 20 FOR NO KEY UPDATE SKIP LOCKED
        """)
    }
    let dead = try result.rows.map { DeadWorker(name: try $0.get("worker"), leaseEnd: try $0.get("lease_end")) }
    guard !dead.isEmpty else { return 0 }
    let (count, unfinished) = try await lookForLost(
      lock: { try await Self.stillDead(dead, in: $0) },
      change: { names, span, transaction in
        try await Self.rescue(from: names, span, maximumLosses, in: transaction)
      })
    // A worker that is not swept is looked at again in a second.
    let swept = dead.filter { !unfinished.contains($0.name) }
    try await pool.transaction(settings: Self.byIndex) { transaction in
      let names = try await Self.stillDead(swept, in: transaction)
      try await transaction.query("UPDATE task_workers SET is_swept = true WHERE worker = ANY(\(names))")
    }
    return count
  }

  /// Locks the rows of those that have not come back.
  private static func stillDead(
    _ dead: [DeadWorker], in transaction: PostgresTransaction
  ) async throws(PostgresError) -> [String] {
    let result = try await transaction.query(
      """
      SELECT task_workers.worker FROM unnest(\(dead.map(\.name)), \(dead.map(\.leaseEnd))) AS dead (worker, lease_end)
      JOIN task_workers ON task_workers.worker = dead.worker
      WHERE (extract(epoch FROM task_workers.lease_until) * 1000000)::bigint = dead.lease_end
      ORDER BY task_workers.worker FOR NO KEY UPDATE OF task_workers
      """)
    return try result.rows.map { row throws(PostgresError) in try row.get("worker") }
  }

  /// An ordering key is locked before its task, as whoever ends tasks does. One that something else has locked is left to
  /// the next look.
  private static func rescue(
    from dead: [String], _ span: TaskDueRange, _ maximumLosses: Int, in transaction: PostgresTransaction
  ) async throws(PostgresError) -> TaskUpkeepBatch {
    let pauses = TaskLossPause.longest.map(\.milliseconds)
    let result = try await transaction.query(
      """
      WITH lost AS MATERIALIZED (
        SELECT running.place
        FROM unnest(\(span.lanes.map(\.type)), \(span.lanes.map(\.priority))) AS lane (type, priority), LATERAL (
          SELECT tasks.ctid AS place FROM tasks
          WHERE tasks.is_open AND tasks.type = lane.type AND tasks.priority = lane.priority::smallint
            AND tasks.run_at >= CASE WHEN \(span.from) > 0
              THEN 'epoch'::timestamptz + \(span.from) * interval '1 microsecond' ELSE '-infinity' END
            AND tasks.run_at < 'epoch'::timestamptz + \(span.to) * interval '1 microsecond'
            AND tasks.status = 'running'
            AND (tasks.worker = ANY(\(dead)) OR coalesce(tasks.lease_until, '-infinity') < statement_timestamp())
            AND CASE WHEN tasks.ordering_key IS NULL THEN true
              ELSE pg_try_advisory_xact_lock(hashtextextended('task order:' || tasks.ordering_key, 0)) END
          ORDER BY tasks.run_at LIMIT \(batch) FOR UPDATE SKIP LOCKED
        ) running LIMIT \(batch)
      ), changed AS (
        UPDATE tasks SET
          status = CASE WHEN cancel_asked THEN 'cancelled' WHEN losses + 1 >= \(maximumLosses) THEN 'failed'
            ELSE 'pending' END,
          is_open = NOT cancel_asked AND losses + 1 < \(maximumLosses),
          completed_at = CASE WHEN cancel_asked OR losses + 1 >= \(maximumLosses)
            THEN clock_timestamp() END,
          failures = coalesce(
            CASE WHEN jsonb_array_length(failures) >= \(TaskFailure.mostKept)
              THEN failures - \(TaskFailure.firstKept)::integer ELSE failures END,
            '[]'
          ) || jsonb_build_array(jsonb_build_object(
            'attempt', attempts, 'code', 'worker_lost', 'worker', worker,
            'at', (extract(epoch FROM clock_timestamp()) * 1000)::bigint)),
          losses = losses + 1, error = 'worker_lost', worker = NULL, lease_until = NULL,
          run_at = clock_timestamp() + random()
            * (\(pauses)::bigint[])[least(losses + 1, \(pauses.count))] * interval '1 millisecond'
        WHERE ctid = ANY(ARRAY(SELECT place FROM lost))
        RETURNING id, type, user_id, status
      )
      SELECT counted.found, changed.* FROM (SELECT count(*) AS found FROM lost) AS counted LEFT JOIN changed ON true
      """)
    var (changed, failed): (Int, [TaskFailed]) = (0, [])
    for row in result.rows {
      // The one row without a task, if none was written.
      guard let status = try row.get("status", as: String?.self) else { continue }
      changed += 1
      if status == "failed" { failed.append(try failure(row)) }
    }
    try await outbox.append(failed, in: transaction)
    return TaskUpkeepBatch(found: try result.rows.first?.get("found") ?? 0, changed: changed)
  }

  private static func failure(_ row: PostgresRow) throws(PostgresError) -> TaskFailed {
    let user: UUID? = try row.get("user_id")
    return TaskFailed(
      taskID: TaskID(try row.get("id")).description, taskType: try row.get("type"), userID: user.map(UserID.init),
      errorCode: "worker_lost")
  }

  // MARK: everything else

  /// Puts back what is running beyond the longest time of an attempt, such as tasks of the release before whose worker
  /// is dead, and what was parked because a worker did not know its type or its version. Forgets workers that are
  /// long dead.
  private func sweep(_ maximumLosses: Int) async throws -> Int {
    let (lanes, end) = (try await lanes().lanes, try await endOfDue())
    let count = try await look(through: lanes, before: end) { span, transaction in
      try await limit(span, transaction)
      return try await Self.rescue(from: [], span, maximumLosses, in: transaction)
    }
    let first = NewTask.firstVersion
    let known = TaskType.allCases.reduce(into: [String: ClosedRange<Int>]()) { known, type in
      known[type.rawValue] = versions[type] ?? first...first
    }
    // What the release before parks again meanwhile is due after the end.
    _ = try await look(through: lanes.filter { known[$0.type] != nil }, before: end) { span, transaction in
      try await limit(span, transaction)
      return try await Self.takeFromPark(span, known, transaction)
    }
    try await pool.query(
      "DELETE FROM task_workers WHERE is_swept AND lease_until + interval '1 hour' < statement_timestamp()")
    try await releaseKeys()
    return count
  }

  /// Lets the next task begin where the first one of an ordering key has ended without the trigger, as in a restore
  /// that disables triggers. A key that something else has locked is left to the next sweep.
  private func releaseKeys() async throws {
    var last: String? = ""
    while let after = last {
      last = try await pool.transaction(settings: Self.byIndex) { transaction -> String? in
        let keys = try await transaction.query(
          """
          WITH RECURSIVE ordered AS (
            (SELECT ordering_key FROM tasks WHERE is_open AND ordering_key IS NOT NULL AND ordering_key > \(after)
              ORDER BY ordering_key LIMIT 1)
            UNION ALL
            SELECT following.ordering_key FROM ordered, LATERAL (
              SELECT tasks.ordering_key FROM tasks
              WHERE is_open AND tasks.ordering_key IS NOT NULL AND tasks.ordering_key > ordered.ordering_key
              ORDER BY tasks.ordering_key LIMIT 1
            ) following
          )
          SELECT ordered.ordering_key, (
            SELECT first.is_behind FROM tasks AS first
            WHERE first.is_open AND first.ordering_key = ordered.ordering_key
            ORDER BY first.created_at, first.id LIMIT 1
          ) AND (
            SELECT head.id FROM tasks AS head
            WHERE head.is_open AND head.ordering_key = ordered.ordering_key AND NOT head.is_behind
            ORDER BY head.created_at, head.id LIMIT 1
          ) IS NULL AS is_stuck
          FROM ordered LIMIT \(Self.batch)
          """
        ).rows
        let stuck = try keys.filter { try $0.get("is_stuck", as: Bool?.self) == true }
          .map { try $0.get("ordering_key", as: String.self) }
        if !stuck.isEmpty {
          try await transaction.query(
            """
            SELECT tasks_order_release(stuck.key) FROM unnest(\(stuck)) AS stuck (key)
            WHERE pg_try_advisory_xact_lock(hashtextextended('task order:' || stuck.key, 0))
            """)
        }
        guard keys.count == Self.batch else { return nil }
        return try keys.last?.get("ordering_key", as: String.self)
      }
    }
  }

  /// - Parameter known: the versions of payloads that are read, by the name of their type.
  private static func takeFromPark(
    _ span: TaskDueRange, _ known: [String: ClosedRange<Int>], _ transaction: PostgresTransaction
  ) async throws(PostgresError) -> TaskUpkeepBatch {
    let lanes = span.lanes.filter { known[$0.type] != nil }
    let versions = lanes.compactMap { known[$0.type] }
    let result = try await transaction.query(
      """
      WITH parked AS MATERIALIZED (
        SELECT found.place FROM unnest(
          \(lanes.map(\.type)), \(lanes.map(\.priority)), \(versions.map(\.lowerBound)), \(versions.map(\.upperBound))
        ) AS lane (type, priority, oldest, newest), LATERAL (
          SELECT tasks.ctid AS place FROM tasks
          WHERE tasks.is_open AND tasks.type = lane.type AND tasks.priority = lane.priority::smallint
            AND tasks.run_at >= CASE WHEN \(span.from) > 0
              THEN 'epoch'::timestamptz + \(span.from) * interval '1 microsecond' ELSE '-infinity' END
            AND tasks.run_at < 'epoch'::timestamptz + \(span.to) * interval '1 microsecond'
            AND tasks.status = 'parked'
            AND (tasks.error = \(TaskParking.unknownType) OR tasks.error = \(TaskParking.unknownVersion)
              AND tasks.payload_version BETWEEN lane.oldest AND lane.newest)
          ORDER BY tasks.run_at LIMIT \(batch) FOR UPDATE SKIP LOCKED
        ) found LIMIT \(batch)
      ), changed AS (
        UPDATE tasks SET status = 'pending', error = NULL, failing_since = NULL, run_at = clock_timestamp()
        WHERE ctid = ANY(ARRAY(SELECT place FROM parked))
        RETURNING id
      )
      SELECT (SELECT count(*) FROM parked) AS found, (SELECT count(*) FROM changed) AS changed
      """)
    return try TaskUpkeepBatch(result)
  }

  /// A claim gives its tasks their own lease, which tells when it was made. A task whose ordering key something else has
  /// locked counts as locked itself.
  private static func putBack(
    _ lost: LostTasks, from span: TaskDueRange, in transaction: PostgresTransaction
  ) async throws(PostgresError) -> TaskUpkeepBatch {
    let result = try await transaction.query(
      """
      WITH lost AS MATERIALIZED (
        SELECT running.place
        FROM unnest(\(span.lanes.map(\.type)), \(span.lanes.map(\.priority))) AS lane (type, priority), LATERAL (
          SELECT tasks.ctid AS place FROM tasks
          WHERE tasks.is_open AND tasks.type = lane.type AND tasks.priority = lane.priority::smallint
            AND tasks.run_at >= CASE WHEN \(span.from) > 0
              THEN 'epoch'::timestamptz + \(span.from) * interval '1 microsecond' ELSE '-infinity' END
            AND tasks.run_at < 'epoch'::timestamptz + \(span.to) * interval '1 microsecond'
            AND tasks.status = 'running' AND tasks.worker = \(lost.worker)
            AND coalesce(tasks.lease_until <= 'epoch'::timestamptz + \(lost.until) * interval '1 microsecond'
              + \(longestAttempt.milliseconds) * interval '1 millisecond', true)
            AND NOT (
              SELECT coalesce(bool_or(hand.id = tasks.id AND hand.claim = tasks.claims), false)
              FROM unnest(\(lost.hand.map(\.task.uuid)), \(lost.hand.map(\.number))) AS hand (id, claim))
            AND CASE WHEN tasks.ordering_key IS NULL THEN true
              ELSE pg_try_advisory_xact_lock(hashtextextended('task order:' || tasks.ordering_key, 0)) END
          ORDER BY tasks.run_at LIMIT \(batch) FOR UPDATE SKIP LOCKED
        ) running LIMIT \(batch)
      ), changed AS (
        UPDATE tasks SET
          status = CASE WHEN cancel_asked THEN 'cancelled' ELSE 'pending' END, is_open = NOT cancel_asked,
          completed_at = CASE WHEN cancel_asked THEN clock_timestamp() END, attempts = greatest(attempts - 1, 0),
          worker = NULL, lease_until = NULL, run_at = clock_timestamp()
        WHERE ctid = ANY(ARRAY(SELECT place FROM lost))
        RETURNING id
      )
      SELECT (SELECT count(*) FROM lost) AS found, (SELECT count(*) FROM changed) AS changed
      """)
    return try TaskUpkeepBatch(result)
  }
}
