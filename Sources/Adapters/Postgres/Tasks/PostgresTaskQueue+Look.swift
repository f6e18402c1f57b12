import Application
import Domain
import PostgresDriver

/// Looks through the queue from the beginning. While an old transaction is open, the index still has the entries of all
/// tasks that are finished, and nothing bounds how many of them a statement reads. So a statement gets a part of the
/// queue and a time, and a part that takes longer is looked through in smaller parts.
extension PostgresTaskQueue {

  public func survey() async throws {
    let known = Set(TaskType.allCases.map(\.rawValue))
    let (lanes, isComplete) = try await lanes()
    if isComplete { cursors.lower(lanes.filter { known.contains($0.type) }.map { ($0, nil) }) }
    var look = TaskDueRangeLook(TaskDueRange(lanes: lanes, from: 0, to: try await endOfDue()))
    var failure: (any Error)?
    while let span = look.next() {
      do {
        let found = try await pool.transaction(settings: Self.byIndex) { transaction in
          try await limit(span, transaction)
          let found = try await Self.firstDue(in: span, transaction)
          let unknown = found.filter { !known.contains($0.lane.type) }
          if !unknown.isEmpty { try await Self.park(unknown, before: span.to, in: transaction) }
          return found
        }
        cursors.lower(found.filter { known.contains($0.lane.type) }.map { ($0.lane, $0.cursor) })
        look.leaveOut(Set(found.map(\.lane)))
      } catch let error as PostgresError where error.kind == .timeout {
        if !look.divide(span) { failure = error }
      }
    }
    if let failure { throw failure }
  }

  /// Looks through everything that is due, each part in transactions of its own. What one of them has done stays done.
  /// - Parameter body: changes at most a batch of the tasks of the span. It is called again while there may be more.
  /// - Returns: the number of all changed tasks.
  func look(
    through lanes: [TaskLane], before end: Int64,
    _ body: @Sendable (TaskDueRange, PostgresTransaction) async throws -> TaskUpkeepBatch
  ) async throws -> Int {
    var look = TaskDueRangeLook(TaskDueRange(lanes: lanes, from: 0, to: end))
    var (all, failure): (Int, (any Error)?) = (0, nil)
    while let span = look.next() {
      do {
        while true {
          let batch = try await pool.transaction(settings: Self.byIndex) { try await body(span, $0) }
          all += batch.changed
          if !batch.mayHaveMore { break }
        }
      } catch let error as PostgresError where error.kind == .timeout {
        if !look.divide(span) { failure = error }
      }
    }
    if let failure { throw failure }
    return all
  }

  /// The statements that follow in the transaction may take no longer than `patience` each, unless the span cannot be
  /// divided.
  func limit(_ span: TaskDueRange, _ transaction: PostgresTransaction) async throws(PostgresError) {
    guard !span.parts.isEmpty else { return }
    try await transaction.query(PostgresQuery(script: "SET LOCAL statement_timeout = \(patience.milliseconds)"))
  }

  /// The first moment after everything that is due, in microseconds since 1970.
  func endOfDue() async throws -> Int64 {
    let now = try await pool.query(
      "SELECT (extract(epoch FROM statement_timestamp()) * 1000000)::bigint + 1 AS end")
    return try now.rows.first?.get("end") ?? 0
  }

  /// Every lane that has a task that is not finished. The cost depends on the number of lanes and not of tasks, but for
  /// finished tasks that an old transaction keeps in the index. If there are too many, these are all lanes that a task
  /// of a known type can have.
  /// - Returns: the lanes, and whether each of them has tasks and all that have tasks are here.
  func lanes() async throws -> (lanes: [TaskLane], isComplete: Bool) {
    do {
      return try await pool.transaction(settings: Self.byIndex) { transaction in
        try await transaction.query(PostgresQuery(script: "SET LOCAL statement_timeout = \(patience.milliseconds)"))
        return (try await Self.lanes(in: transaction), true)
      }
    } catch let error as PostgresError where error.kind == .timeout {
      let all = TaskType.allCases.flatMap { type in
        TaskAction.priorities.map { TaskLane(type: type.rawValue, priority: $0) }
      }
      return (all, false)
    }
  }

  private static func lanes(in transaction: PostgresTransaction) async throws(PostgresError) -> [TaskLane] {
    let result = try await transaction.query(
      """
      WITH RECURSIVE lane AS (
        (SELECT type, priority FROM tasks WHERE is_open ORDER BY type, priority LIMIT 1)
        UNION ALL
        SELECT following.type, following.priority FROM lane, LATERAL (
          SELECT type, priority FROM tasks WHERE is_open AND (type, priority) > (lane.type, lane.priority)
          ORDER BY type, priority LIMIT 1
        ) following
      )
      SELECT type, priority FROM lane
      """)
    return try result.rows.map { row throws(PostgresError) in
      TaskLane(type: try row.get("type"), priority: try row.get("priority"))
    }
  }

  /// - Returns: the cursor at the first due task of each lane that has one in the span.
  private static func firstDue(
    in span: TaskDueRange, _ transaction: PostgresTransaction
  ) async throws(PostgresError) -> [TaskLaneCursors.Cursor] {
    let result = try await transaction.query(
      """
      SELECT lane.type, lane.priority, first.id,
        (extract(epoch FROM greatest(first.run_at, 'epoch')) * 1000000)::bigint AS run_at
      FROM unnest(\(span.lanes.map(\.type)), \(span.lanes.map(\.priority))) AS lane (type, priority), LATERAL (
        SELECT tasks.run_at, tasks.id FROM tasks
        WHERE tasks.is_open AND tasks.type = lane.type AND tasks.priority = lane.priority::smallint
          AND tasks.run_at >= CASE WHEN \(span.from) > 0
            THEN 'epoch'::timestamptz + \(span.from) * interval '1 microsecond' ELSE '-infinity' END
          AND tasks.run_at < 'epoch'::timestamptz + \(span.to) * interval '1 microsecond'
          AND tasks.status = 'pending'
        ORDER BY tasks.run_at, tasks.id LIMIT 1
      ) first
      """)
    return try result.rows.map { row throws(PostgresError) in
      let lane = TaskLane(type: try row.get("type"), priority: try row.get("priority"))
      return (lane, TaskLaneCursor(runAt: try row.get("run_at"), id: try row.get("id")))
    }
  }

  /// A task that was changed at that moment is left to the next survey.
  private static func park(
    _ unknown: [TaskLaneCursors.Cursor], before end: Int64, in transaction: PostgresTransaction
  ) async throws(PostgresError) {
    let (lanes, firsts) = (unknown.map(\.lane), unknown.map(\.cursor.runAt))
    try await transaction.query(
      """
      WITH unknown AS MATERIALIZED (
        SELECT due.place FROM (
          SELECT given.type, given.priority, CASE WHEN given.first > 0
            THEN 'epoch'::timestamptz + given.first * interval '1 microsecond' ELSE '-infinity' END AS first
          FROM unnest(\(lanes.map(\.type)), \(lanes.map(\.priority)), \(firsts)) AS given (type, priority, first)
        ) lane, LATERAL (
          SELECT tasks.ctid AS place FROM tasks
          WHERE tasks.is_open AND tasks.type = lane.type AND tasks.priority = lane.priority::smallint
            AND tasks.run_at >= lane.first AND tasks.run_at < 'epoch'::timestamptz + \(end) * interval '1 microsecond'
            AND tasks.status = 'pending'
          ORDER BY tasks.run_at LIMIT \(batch) FOR UPDATE SKIP LOCKED
        ) due
      )
      UPDATE tasks SET status = 'parked', error = \(TaskParking.unknownType)
      WHERE ctid = ANY(ARRAY(SELECT place FROM unknown))
      """)
  }
}
