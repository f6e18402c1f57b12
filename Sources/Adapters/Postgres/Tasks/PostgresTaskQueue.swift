import Application
import Domain
import FoundationEssentials
import PostgresDriver
import Synchronization

/// The queue in the `tasks` table. A claim is one short transaction; the work happens outside any transaction.
///
/// The tasks of one type and one priority are a lane. A claim reads each lane from its cursor, where the last claim
/// stopped, because while an old transaction is open, Postgres keeps the index entries of all finished tasks before it.
/// A survey, from the beginning of each lane, finds what was committed behind the cursor.
public struct PostgresTaskQueue: TaskQueue {
  /// What a commit of this process announces when it has made a task due, and the channel for the other processes.
  public static let topic = "tasks"
  /// The most rows that a transaction of the upkeep changes.
  static let batch = 500

  static let outbox = PostgresOutbox(source: "task")

  /// For a transaction whose plan must not depend on how full the table was when a statement was prepared: a plan for an
  /// empty table reads all of it, and would be kept. Planning anew costs a fraction of a millisecond a batch. A scan that
  /// is off counts as so expensive, where a small table has nothing else, that the server would compile the statement
  /// first: a tenth of a second for each claim.
  static let byIndex = PostgresQuery(
    script: """
      SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL jit = off;
      SET LOCAL plan_cache_mode = force_custom_plan
      """)

  let pool: PostgresPool
  let sweeps: TaskSweepSchedule
  /// The versions of payloads that the handlers read.
  let versions: [TaskType: ClosedRange<Int>]
  let cursors = TaskLaneCursors()
  /// How long a look through a part of the queue may take before it goes on in smaller parts.
  let patience: Duration

  /// - Parameters:
  ///   - sweepEvery: the shortest time between two sweeps of this process.
  ///   - versions: the versions of payloads that the handlers read; of any other type only the first one.
  ///   - patience: how long a look through a part of the queue may take before it goes on in smaller parts.
  public init(
    pool: PostgresPool, sweepEvery: Duration = .seconds(60), versions: [TaskType: ClosedRange<Int>] = [:],
    patience: Duration = .seconds(1)
  ) {
    self.pool = pool
    self.versions = versions
    self.patience = patience
    sweeps = TaskSweepSchedule(every: sweepEvery)
  }

  public func claim(
    limit: Int, onlyUrgent: Bool, worker: String, lease: Duration
  ) async throws -> [ClaimedTask] {
    guard limit > 0 else { return [] }
    let (tasks, isShort) = try await claimOnce(limit, onlyUrgent, worker, lease)
    guard isShort else { return tasks }
    do {
      let more = try await claimOnce(limit - tasks.count, onlyUrgent, worker, lease).tasks
      return tasks + more
    } catch let error as TaskClaimNotMade {
      guard !tasks.isEmpty else { throw error }
      return tasks
    }
  }

  /// - Returns: also whether a task was found but changed at that moment, so that it can be claimed at once.
  private func claimOnce(
    _ limit: Int, _ onlyUrgent: Bool, _ worker: String, _ lease: Duration
  ) async throws -> (tasks: [ClaimedTask], isShort: Bool) {
    let cursors = cursors
    // A claim of urgent tasks alone is none that goes by age, nor does it count as one.
    let byAge = onlyUrgent ? false : cursors.isNextByAge()
    let least = onlyUrgent ? TaskPriority.urgent : Int.min
    let (read, free, limited, kept) = try await claimTransaction { transaction in
      // First of all: whoever has locked this row later knows that the claim has ended.
      let kept = try await Self.keep(worker, lease, in: transaction)
      let (recent, steered) = (kept.recent, kept.steered)
      let lanes = cursors.lanes(from: recent).filter { $0.lane.priority >= least }
      let free = lanes.filter { steered[$0.lane.type] == nil }
      let allowed = try await Self.allowed(steered, in: lanes, limit: limit, in: transaction)
      let limited = lanes.filter { allowed[$0.lane.type] != nil }
      let result = try await Self.claim(
        from: free, limited, allowed, byAge: byAge, limit: limit, worker: worker, in: transaction)
      // Without a limited type there is nothing to note, and the transaction does not wait until the rows are read.
      guard !allowed.isEmpty else { return (ReadRows.later(result), free, limited, kept) }
      let found = try await Self.found(result)
      try await Self.note(found.claimed, allowed, in: transaction)
      return (.now(found), free, limited, kept)
    }
    let found: Found
    switch read {
    case .now(let rows): found = rows
    case .later(let result): found = try await Self.found(result)
    }
    let recent = kept.recent
    let claimed = found.claimed
    // The next claim begins where this one has, so that it does not pass what was changed meanwhile.
    let isShort = claimed.count < found.count
    if !isShort {
      let ways = claimed.map { (lane: $0.lane, cursor: TaskLaneCursor(runAt: $0.runAt, id: $0.task.id.uuid)) }
      cursors.note(free, ways, isFull: found.count == limit, recent: recent)
      // The tasks that a limit has left there are due before any later moment.
      cursors.note(limited, ways, isFull: true, recent: recent)
    }
    let tasks = claimed.map { one in
      kept.resumed[one.lane.type].map { one.task.waiting(noLongerThan: $0) } ?? one.task
    }
    return (tasks, isShort)
  }

  /// A transaction that has failed before its COMMIT was sent has claimed nothing.
  private func claimTransaction<T: Sendable>(
    _ body: @Sendable (PostgresTransaction) async throws -> T
  ) async throws -> T {
    let mayBeCommitted = Mutex(false)
    do {
      return try await pool.transaction(settings: Self.byIndex) { transaction in
        // A repeated one begins only after the one before was refused.
        mayBeCommitted.withLock { $0 = false }
        let value = try await body(transaction)
        mayBeCommitted.withLock { $0 = true }
        return value
      }
    } catch {
      guard mayBeCommitted.withLock(\.self) else { throw TaskClaimNotMade(error) }
      throw error
    }
  }

  public func extend(worker: String, lease: Duration) async throws {
    try await pool.query(
      """
      INSERT INTO task_workers (worker, lease_until, vocabulary)
      VALUES (\(worker), clock_timestamp() + \(lease.milliseconds) * interval '1 millisecond', \(TaskVocabulary.level))
      ON CONFLICT (worker) DO UPDATE SET lease_until = excluded.lease_until, is_swept = false
      """)
  }

  public func held(_ tasks: [ClaimedTask], worker: String) async throws -> HeldTasks {
    let result = try await pool.transaction(settings: Self.byIndex) { transaction in
      try await transaction.query(
        """
        SELECT own.id, own.claims, own.cancel_asked
        FROM unnest(\(tasks.map(\.id.uuid)), \(tasks.map(\.claim.number))) AS held (id, claim), LATERAL (
          SELECT tasks.id, tasks.claims, tasks.cancel_asked FROM tasks
          WHERE tasks.id = held.id AND tasks.claims = held.claim AND tasks.status = 'running'
            AND tasks.worker = \(worker)
          LIMIT 1
        ) own
        """)
    }
    let toCancel = try result.rows.filter { try $0.get("cancel_asked") == true }
    return HeldTasks(claims: try Self.claims(result), toCancel: Set(try toCancel.map(Self.claim)))
  }

  static func claims(_ result: PostgresResult) throws -> Set<TaskClaim> {
    Set(try result.rows.map { try claim($0) })
  }

  static func claim(_ row: PostgresRow) throws(PostgresError) -> TaskClaim {
    TaskClaim(task: TaskID(try row.get("id")), number: try row.get("claims"))
  }
}

extension PostgresTaskQueue {
  struct Claimed: Sendable {
    let task: ClaimedTask
    let lane: TaskLane
    let runAt: Int64
  }

  struct Found: Sendable {
    let claimed: [Claimed]
    /// How many tasks the claim has found. Those that were changed since it began are not among the claimed ones.
    let count: Int
  }

  /// The rows of a claim, read before its transaction has ended or after.
  enum ReadRows: Sendable {
    case now(Found)
    case later(PostgresResult)
  }

  /// From how many rows on a claim's rows are read in two halves at once. Half a thousand take milliseconds, in which
  /// the server would wait.
  private static let rowsReadInHalves = 200

  /// The rows of a claim: one without a task if it has claimed none.
  static func found(_ result: PostgresResult) async throws -> Found {
    let rows = result.rows
    let count: Int = try rows.first?.get("found") ?? 0
    guard rows.count >= rowsReadInHalves else { return Found(claimed: try claimed(rows[...]), count: count) }
    async let second = claimed(rows[(rows.count / 2)...])
    let first = try claimed(rows[..<(rows.count / 2)])
    return Found(claimed: first + (try await second), count: count)
  }

  private static func claimed(_ rows: ArraySlice<PostgresRow>) throws(PostgresError) -> [Claimed] {
    var all: [Claimed] = []
    all.reserveCapacity(rows.count)
    for row in rows { if let one = try claimed(row) { all.append(one) } }
    return all
  }

  /// By when an attempt has ended in any case, whatever became of its worker. The release before knows this lease
  /// alone.
  static let longestAttempt = Duration.seconds(900)

  struct Kept: Sendable {
    /// A moment shortly before now, in microseconds since 1970.
    let recent: Int64
    /// The types that an operator has paused or limited.
    let steered: [String: SteeredType]
    /// How long ago the last pause of a type has ended.
    let resumed: [String: Duration]
  }

  /// Locks the worker's row, and writes it only if its lease ends soon: beside an old transaction each version of the
  /// row stays.
  private static func keep(
    _ worker: String, _ lease: Duration, in transaction: PostgresTransaction
  ) async throws(PostgresError) -> Kept {
    let result = try await transaction.query(
      """
      WITH kept AS (
        INSERT INTO task_workers (worker, lease_until, vocabulary)
        VALUES (\(worker), clock_timestamp() + \(lease.milliseconds) * interval '1 millisecond',
          \(TaskVocabulary.level))
        ON CONFLICT (worker) DO UPDATE SET lease_until = excluded.lease_until, is_swept = false
        WHERE task_workers.lease_until < statement_timestamp() + \(lease.milliseconds * 2 / 3) * interval '1 millisecond'
      )
      SELECT clock.recent, steered.type, steered.paused_at IS NOT NULL AS is_paused, steered.most_running,
        steered.most_per_minute,
        (extract(epoch FROM clock_timestamp() - steered.resumed_at) * 1000)::bigint AS resumed_ms
      FROM (SELECT (extract(epoch FROM clock_timestamp() - interval '1 second') * 1000000)::bigint AS recent) AS clock
      LEFT JOIN task_types AS steered ON steered.paused_at IS NOT NULL OR steered.most_running IS NOT NULL
        OR steered.most_per_minute IS NOT NULL OR steered.resumed_at IS NOT NULL
      """)
    var (steered, resumed): ([String: SteeredType], [String: Duration]) = ([:], [:])
    for row in result.rows {
      guard let type = try row.get("type", as: String?.self) else { continue }
      let one = try SteeredType(row)
      if one.isPaused || one.limits != .unlimited { steered[type] = one }
      if let ago = try row.get("resumed_ms", as: Int64?.self) { resumed[type] = .milliseconds(ago) }
    }
    return Kept(recent: try result.rows.first?.get("recent") ?? 0, steered: steered, resumed: resumed)
  }

  static func claimed(_ row: PostgresRow) throws(PostgresError) -> Claimed? {
    guard let name = try row.get("type", as: String?.self), let type = TaskType(rawValue: name) else { return nil }
    let user: UUID? = try row.get("user_id")
    let sinceCreation = Duration.milliseconds(try row.get("created_ms", as: Int64.self))
    let sinceRetry = try row.get("retried_ms", as: Int64?.self)
    return Claimed(
      task: ClaimedTask(
        id: TaskID(try row.get("id")), type: type, payload: try row.get("payload"),
        version: try row.get("payload_version"), userID: user.map(UserID.init), attempt: try row.get("attempts"),
        claim: try row.get("claims"), wasStarted: try row.get("was_started"),
        age: sinceRetry.map { Duration.milliseconds($0) } ?? sinceCreation,
        failingFor: .milliseconds(try row.get("failing_ms", as: Int64?.self) ?? 0),
        sinceCreation: sinceCreation, priority: try row.get("priority")),
      lane: TaskLane(type: name, priority: try row.get("priority")), runAt: try row.get("run_at"))
  }
}

extension Duration {
  /// Whole milliseconds, rounded down: the factor for an interval in a statement.
  var milliseconds: Int { Int(clamping: wholeMilliseconds) }
}
