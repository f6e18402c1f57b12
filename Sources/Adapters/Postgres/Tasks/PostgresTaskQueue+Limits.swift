import Domain
import FoundationEssentials
import PostgresDriver

/// Claims, within what an operator has paused or limited. What a claim of a limited type needs more is written in the
/// row of its type.
extension PostgresTaskQueue {
  /// A type that is paused or limited.
  struct SteeredType: Sendable {
    let isPaused: Bool
    let limits: TaskTypeLimits

    init(_ row: PostgresRow) throws(PostgresError) {
      isPaused = try row.get("is_paused")
      limits = try TaskTypeLimits(row)
    }
  }

  /// What a claim may take of a limited type.
  struct AllowedTasks: Sendable {
    let count: Int
    let limits: TaskTypeLimits
    /// How far what has begun reaches beyond now by the rate, in microseconds.
    let ahead: Int64
  }

  /// Locks the rows of the limited types that have a due task, so that no other worker claims tasks of them meanwhile.
  /// A type that another worker is claiming is left out this time.
  /// - Returns: the types of which something may begin.
  static func allowed(
    _ steered: [String: SteeredType], in lanes: [TaskLaneCursors.Cursor], limit: Int,
    in transaction: PostgresTransaction
  ) async throws(PostgresError) -> [String: AllowedTasks] {
    let types = steered.filter { !$0.value.isPaused }.map(\.key)
    guard !types.isEmpty else { return [:] }
    let own = lanes.filter { types.contains($0.lane.type) }
    let locked = try await transaction.query(
      """
      SELECT task_types.type FROM task_types
      WHERE task_types.type = ANY(\(types)) AND EXISTS (
        SELECT FROM unnest(
          \(own.map(\.lane.type)), \(own.map(\.lane.priority)), \(own.map(\.cursor.runAt)), \(own.map(\.cursor.after))
        ) AS lane (type, priority, place, after), LATERAL (
          SELECT tasks.run_at FROM tasks
          WHERE tasks.is_open AND tasks.type = lane.type AND tasks.priority = lane.priority::smallint
            AND (tasks.run_at, tasks.id) >= (CASE WHEN lane.place > 0
              THEN 'epoch'::timestamptz + lane.place * interval '1 microsecond' ELSE '-infinity' END, lane.after)
            AND tasks.run_at <= statement_timestamp() AND tasks.status = 'pending'
          ORDER BY tasks.run_at, tasks.id LIMIT 1
        ) due
        WHERE lane.type = task_types.type
      )
      ORDER BY task_types.type FOR UPDATE OF task_types SKIP LOCKED
      """
    ).rows.map { row throws(PostgresError) in try row.get("type", as: String.self) }
    guard !locked.isEmpty else { return [:] }
    // A statement of its own, which sees what the last holder of the lock has claimed.
    let result = try await transaction.query(
      """
      SELECT type, most_running, most_per_minute,
        (extract(epoch FROM greatest(rate_until, statement_timestamp()) - statement_timestamp()) * 1000000)::bigint AS ahead,
        CASE WHEN most_running IS NULL THEN 0 ELSE (
          SELECT count(DISTINCT own.id) FROM unnest(begun) AS held (id), LATERAL (
            SELECT tasks.id, tasks.worker FROM tasks WHERE tasks.id = held.id AND tasks.status = 'running' LIMIT 1
          ) own JOIN task_workers ON task_workers.worker = own.worker
          WHERE task_workers.lease_until >= statement_timestamp()
        ) END AS running
      FROM task_types WHERE type = ANY(\(locked)) AND paused_at IS NULL
      """)
    var all: [String: AllowedTasks] = [:]
    for row in result.rows {
      let (limits, ahead) = (try TaskTypeLimits(row), try row.get("ahead", as: Int64.self))
      let count = min(limit, limits.allowed(running: try row.get("running"), ahead: ahead))
      let type: String = try row.get("type")
      if count > 0 { all[type] = AllowedTasks(count: count, limits: limits, ahead: ahead) }
    }
    return all
  }

  /// The lane of the highest priority comes first, and among equal ones that whose first task has waited longest. Of each
  /// limited type only its first lane is read, and no more than is allowed. `lanes` orders the lanes only; `due` locks
  /// rows one at a time, until there are enough. A locked row stays where it is, so that it is found without an index;
  /// one that was changed since the statement began is left to the next claim. `extract` is slower than `date_part`,
  /// whose result is a double. From that, rounding gives the very microsecond until the year 2106.
  /// - Parameter byAge: only waiting counts, and no priority.
  static func claim(
    from free: [TaskLaneCursors.Cursor], _ limited: [TaskLaneCursors.Cursor], _ allowed: [String: AllowedTasks],
    byAge: Bool, limit: Int, worker: String, in transaction: PostgresTransaction
  ) async throws(PostgresError) -> PostgresResult {
    let lanes = free + limited
    let most = lanes.map { allowed[$0.lane.type]?.count ?? limit }
    // The lanes of a limited type are one group, and every other lane is one of its own.
    let groups = lanes.indices.map { index in
      allowed[lanes[index].lane.type] == nil ? "\(index)" : lanes[index].lane.type
    }
    let result = try await transaction.query(
      """
      WITH lanes AS MATERIALIZED (
        SELECT * FROM (
          SELECT lane.*, first.run_at, row_number() OVER (
            PARTITION BY lane.grouped ORDER BY CASE WHEN \(byAge) THEN 0 ELSE -lane.priority END, first.run_at
          ) AS place_in_group
          FROM (
            SELECT given.type, given.priority, given.after, given.most, given.grouped, CASE WHEN given.place > 0
              THEN 'epoch'::timestamptz + given.place * interval '1 microsecond' ELSE '-infinity' END AS place
            FROM unnest(
              \(lanes.map(\.lane.type)), \(lanes.map(\.lane.priority)), \(lanes.map(\.cursor.runAt)),
              \(lanes.map(\.cursor.after)), \(most), \(groups)
            ) AS given (type, priority, place, after, most, grouped)
          ) lane, LATERAL (
            SELECT tasks.run_at FROM tasks
            WHERE tasks.is_open AND tasks.type = lane.type AND tasks.priority = lane.priority::smallint
              AND (tasks.run_at, tasks.id) >= (lane.place, lane.after) AND tasks.run_at <= statement_timestamp()
              AND tasks.status = 'pending'
            ORDER BY tasks.run_at, tasks.id LIMIT 1
          ) first
        ) found
        WHERE place_in_group = 1 ORDER BY CASE WHEN \(byAge) THEN 0 ELSE -priority END, run_at
      ), due AS MATERIALIZED (
        SELECT first.place, first.was_started FROM lanes, LATERAL (
          SELECT tasks.ctid AS place, tasks.started_at IS NOT NULL AS was_started FROM tasks
          WHERE tasks.is_open AND tasks.type = lanes.type AND tasks.priority = lanes.priority::smallint
            AND (tasks.run_at, tasks.id) >= (lanes.place, lanes.after) AND tasks.run_at <= statement_timestamp()
            AND tasks.status = 'pending'
          ORDER BY tasks.run_at, tasks.id LIMIT lanes.most FOR UPDATE SKIP LOCKED
        ) first LIMIT \(limit)
      ), claimed AS (
        UPDATE tasks SET status = 'running', attempts = attempts + 1, claims = claims + 1, worker = \(worker),
          woken = false,
          lease_until = clock_timestamp() + \(longestAttempt.milliseconds) * interval '1 millisecond',
          started_at = coalesce(started_at, clock_timestamp())
        FROM due WHERE tasks.ctid = due.place
        RETURNING tasks.id, tasks.type, tasks.priority, tasks.payload::text AS payload, tasks.payload_version,
          tasks.user_id, tasks.attempts, tasks.claims, due.was_started,
          (date_part('epoch', greatest(tasks.run_at, 'epoch')) * 1000000)::bigint AS run_at,
          (date_part('epoch', clock_timestamp() - tasks.created_at) * 1000)::bigint AS created_ms,
          (date_part('epoch', clock_timestamp() - tasks.retried_at) * 1000)::bigint AS retried_ms,
          (date_part('epoch', clock_timestamp() - tasks.failing_since) * 1000)::bigint AS failing_ms
      )
      SELECT claimed.*, counted.found FROM (SELECT count(*) AS found FROM due) AS counted LEFT JOIN claimed ON true
      """)
    return result
  }

  /// Writes what has begun of the limited types, and forgets what has ended of it. A task that begins once more is
  /// there once.
  static func note(
    _ claimed: [Claimed], _ allowed: [String: AllowedTasks], in transaction: PostgresTransaction
  ) async throws(PostgresError) {
    for (type, tasks) in Dictionary(grouping: claimed, by: \.lane.type) {
      guard let allowed = allowed[type] else { continue }
      let ahead = allowed.limits.rate?.ahead(after: tasks.count, from: allowed.ahead) ?? 0
      try await transaction.query(
        """
        UPDATE task_types SET
          rate_until = statement_timestamp() + \(ahead) * interval '1 microsecond',
          begun = CASE WHEN most_running IS NULL THEN '{}' ELSE ARRAY(
            SELECT DISTINCT own.id FROM unnest(begun || \(tasks.map(\.task.id.uuid))) AS held (id), LATERAL (
              SELECT tasks.id FROM tasks WHERE tasks.id = held.id AND tasks.status = 'running' LIMIT 1
            ) own
          ) END
        WHERE type = \(type)
        """)
    }
  }
}

extension TaskTypeLimits {
  /// From the columns `most_running` and `most_per_minute`.
  init(_ row: PostgresRow) throws(PostgresError) {
    let (running, perMinute) = (
      try row.get("most_running", as: Int?.self), try row.get("most_per_minute", as: Int?.self)
    )
    self = TaskTypeLimits(mostRunning: running, mostPerMinute: perMinute) ?? .unlimited
  }
}

extension TaskLaneCursor {
  /// A claim begins with this id, or with the one that follows it.
  fileprivate var after: UUID { id ?? UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)) }
}
