import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Puts back what dead workers, lost answers and other releases leave behind. Each batch is a transaction of its own.
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

  public func putBack(exceptInHand hand: [TaskClaim], worker: String) async throws -> Int {
    var all = 0
    while true {
      let count = try await pool.transaction { transaction in
        try await transaction.query(Self.byIndex)
        // Waits for the end of a claim whose answer was lost.
        try await transaction.query("SELECT worker FROM task_workers WHERE worker = \(worker) FOR NO KEY UPDATE")
        return try await Self.putBack(
          from: try await Self.lanes(in: transaction), exceptInHand: hand, worker: worker, in: transaction)
      }
      all += count
      if count < Self.batch { return all }
    }
  }

  public func leave(worker: String) async throws {
    try await pool.query("DELETE FROM task_workers WHERE worker = \(worker)")
  }

  // MARK: dead workers

  /// A worker that comes back waits for the batch, and then knows what it still holds. A claim locks the worker's row,
  /// so a worker that is looked at here has no claim that is still to be committed.
  private func rescueFromDeadWorkers(_ maximumLosses: Int) async throws -> Int {
    var all = 0
    while true {
      let count = try await pool.transaction { transaction in
        try await transaction.query(Self.byIndex)
        let dead = try await transaction.query(
          """
          SELECT worker FROM task_workers WHERE lease_until < statement_timestamp() AND NOT is_swept
          ORDER BY lease_until LIMIT 20 FOR NO KEY UPDATE SKIP LOCKED
          """
        ).rows.map { try $0.get("worker", as: String.self) }
        guard !dead.isEmpty else { return 0 }
        let lanes = try await Self.lanes(in: transaction)
        let count = try await Self.rescue(from: dead, lanes, maximumLosses, in: transaction)
        // A row that another transaction holds is looked at again in a second.
        if count < Self.batch {
          let rest = try await Self.running(at: dead, lanes, in: transaction)
          let swept = dead.filter { !rest.contains($0) }
          try await transaction.query("UPDATE task_workers SET is_swept = true WHERE worker = ANY(\(swept))")
        }
        return count
      }
      all += count
      if count < Self.batch { return all }
    }
  }

  private static func rescue(
    from dead: [String], _ lanes: [TaskLane], _ maximumLosses: Int, in transaction: PostgresTransaction
  ) async throws(PostgresError) -> Int {
    try await transaction.query(
      """
      WITH lost AS MATERIALIZED (
        SELECT running.id FROM unnest(\(lanes.map(\.type)), \(lanes.map(\.priority))) AS lane (type, priority), LATERAL (
          SELECT tasks.id FROM tasks
          WHERE tasks.is_open AND tasks.type = lane.type AND tasks.priority = lane.priority::smallint
            AND tasks.run_at <= statement_timestamp() AND tasks.status = 'running'
            AND (tasks.worker = ANY(\(dead)) OR coalesce(tasks.lease_until, '-infinity') < statement_timestamp())
          ORDER BY tasks.run_at LIMIT \(batch) FOR UPDATE SKIP LOCKED
        ) running LIMIT \(batch)
      )
      UPDATE tasks SET
        status = CASE WHEN cancel_asked THEN 'cancelled' WHEN losses + 1 >= \(maximumLosses) THEN 'failed'
          ELSE 'pending' END,
        completed_at = CASE WHEN cancel_asked OR losses + 1 >= \(maximumLosses)
          THEN clock_timestamp() END,
        losses = losses + 1, error = 'worker_lost', worker = NULL, lease_until = NULL, run_at = clock_timestamp()
      FROM lost WHERE tasks.id = lost.id
      """
    ).affectedRows
  }

  /// - Returns: those of the workers that still have a task.
  private static func running(
    at dead: [String], _ lanes: [TaskLane], in transaction: PostgresTransaction
  ) async throws(PostgresError) -> Set<String> {
    let result = try await transaction.query(
      """
      SELECT DISTINCT running.worker FROM unnest(\(lanes.map(\.type)), \(lanes.map(\.priority))) AS lane (type, priority), LATERAL (
        SELECT tasks.worker FROM tasks
        WHERE tasks.is_open AND tasks.type = lane.type AND tasks.priority = lane.priority::smallint
          AND tasks.run_at <= statement_timestamp() AND tasks.status = 'running' AND tasks.worker = ANY(\(dead))
      ) running
      """)
    return Set(try result.rows.map { row throws(PostgresError) in try row.get("worker", as: String.self) })
  }

  // MARK: everything else

  /// Puts back what is running beyond the longest time of an attempt, such as tasks of the release before whose worker
  /// is dead, and what a release before this one has parked because it did not know the type. Forgets workers that are
  /// long dead.
  private func sweep(_ maximumLosses: Int) async throws -> Int {
    var all = 0
    while true {
      let count = try await pool.transaction { transaction in
        try await transaction.query(Self.byIndex)
        return try await Self.rescue(from: [], try await Self.lanes(in: transaction), maximumLosses, in: transaction)
      }
      all += count
      if count < Self.batch { break }
    }
    // The release before parks them again, so that this may have no end while both run.
    for _ in 0..<20 where try await takeFromPark() < Self.batch { break }
    try await pool.query(
      "DELETE FROM task_workers WHERE is_swept AND lease_until + interval '1 hour' < statement_timestamp()")
    return all
  }

  private func takeFromPark() async throws -> Int {
    let known = TaskType.allCases.map(\.rawValue)
    return try await pool.transaction { transaction in
      try await transaction.query(Self.byIndex)
      let lanes = try await Self.lanes(in: transaction).filter { known.contains($0.type) }
      return try await transaction.query(
        """
        WITH parked AS MATERIALIZED (
          SELECT found.id FROM unnest(\(lanes.map(\.type)), \(lanes.map(\.priority))) AS lane (type, priority), LATERAL (
            SELECT tasks.id FROM tasks
            WHERE tasks.is_open AND tasks.type = lane.type AND tasks.priority = lane.priority::smallint
              AND tasks.run_at <= statement_timestamp() AND tasks.status = 'parked' AND tasks.error = 'unknown_type'
            ORDER BY tasks.run_at LIMIT \(Self.batch) FOR UPDATE SKIP LOCKED
          ) found LIMIT \(Self.batch)
        )
        UPDATE tasks SET status = 'pending', error = NULL, failing_since = NULL, run_at = clock_timestamp()
        FROM parked WHERE tasks.id = parked.id
        """
      ).affectedRows
    }
  }

  private static func putBack(
    from lanes: [TaskLane], exceptInHand hand: [TaskClaim], worker: String, in transaction: PostgresTransaction
  ) async throws(PostgresError) -> Int {
    try await transaction.query(
      """
      WITH lost AS MATERIALIZED (
        SELECT running.id FROM unnest(\(lanes.map(\.type)), \(lanes.map(\.priority))) AS lane (type, priority), LATERAL (
          SELECT tasks.id FROM tasks
          WHERE tasks.is_open AND tasks.type = lane.type AND tasks.priority = lane.priority::smallint
            AND tasks.run_at <= statement_timestamp() AND tasks.status = 'running' AND tasks.worker = \(worker)
            AND NOT EXISTS (
              SELECT FROM unnest(\(hand.map(\.task.uuid)), \(hand.map(\.number))) AS hand (id, claim)
              WHERE hand.id = tasks.id AND hand.claim = tasks.claims)
          ORDER BY tasks.run_at LIMIT \(batch) FOR UPDATE
        ) running LIMIT \(batch)
      )
      UPDATE tasks SET
        status = CASE WHEN cancel_asked THEN 'cancelled' ELSE 'pending' END, is_open = NOT cancel_asked,
        completed_at = CASE WHEN cancel_asked THEN clock_timestamp() END, attempts = greatest(attempts - 1, 0),
        worker = NULL, lease_until = NULL, run_at = clock_timestamp()
      FROM lost WHERE tasks.id = lost.id
      """
    ).affectedRows
  }
}
