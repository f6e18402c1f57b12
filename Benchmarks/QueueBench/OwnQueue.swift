import Application
import BenchSupport
import Domain
import Foundation
import Logging
import PostgresAdapter
import PostgresDriver
import Runtime
import Synchronization

/// This project's queue, worked as the task service works it.
struct OwnQueue: Sendable {
  private let pool: PostgresPool
  private let listener: PostgresPool
  private let queue: PostgresTaskQueue

  init(_ environment: BenchEnvironment) throws {
    func pool(_ connections: Int) throws -> PostgresPool {
      try PostgresPool(
        configuration: PostgresConfiguration(
          url: environment.databaseURL, applicationName: "bench", maximumConnections: connections,
          statementTimeout: .seconds(600)),
        logger: Logger(label: "bench"))
    }
    self.pool = try pool(8)
    listener = try pool(1)
    queue = PostgresTaskQueue(pool: self.pool)
  }

  func close() {
    pool.close()
    listener.close()
  }

  func server() async throws -> String { try await pool.server() }

  /// The end of the server's log of changes, in bytes.
  func writtenBytes() async throws -> Int {
    try await pool.query("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint AS bytes").rows.first?
      .get("bytes") ?? 0
  }

  /// Leaves this many finished tasks in the table.
  func clear(finished: Int) async throws {
    try await pool.query("TRUNCATE tasks")
    guard finished > 0 else { return }
    try await pool.query(
      """
      INSERT INTO tasks (type, payload, status, completed_at, started_at, attempts, unique_key)
      SELECT 'care_plan', '{}', 'completed', clock_timestamp(), clock_timestamp(), 1, 'old:' || n
      FROM generate_series(1, \(finished)) n
      """)
    try await pool.query("VACUUM (ANALYZE) tasks")
  }

  /// Runs empty tasks with a worker.
  /// - Returns: tasks per second, from the worker's start to the last end that is written.
  func turn(_ tasks: Int) async throws -> Double {
    try await insert(tasks)
    let counted = CountedQueue(queue)
    counted.expect(tasks)
    let begun = ContinuousClock.now
    try await withWorker(counted, Empty { _ in }) { await counted.allDone() }
    return Double(tasks) / ((ContinuousClock.now - begun) / .seconds(1))
  }

  /// Runs empty tasks in turns with one worker, as a service does that goes on for long.
  /// - Returns: tasks per second of each turn, from the commit of the tasks to the last end that is written.
  func turns(_ tasks: Int, while isGoingOn: () -> Bool) async throws -> [Double] {
    let counted = CountedQueue(queue)
    var rates: [Double] = []
    try await withWorker(counted, Empty { _ in }) {
      while isGoingOn() {
        counted.expect(tasks)
        try await insert(tasks)
        let begun = ContinuousClock.now
        try await pool.query(PostgresQuery(script: "NOTIFY \(PostgresTaskQueue.topic)"))
        await counted.allDone()
        rates.append(Double(tasks) / ((ContinuousClock.now - begun) / .seconds(1)))
      }
    }
    return rates
  }

  private func insert(_ tasks: Int) async throws {
    try await pool.query(
      """
      INSERT INTO tasks (type, payload)
      SELECT 'care_plan', jsonb_build_object('number', n) FROM generate_series(1, \(tasks)) n
      """)
  }

  /// Adds tasks one at a time to an idle queue.
  /// - Returns: milliseconds from before each insertion to the start of its handler.
  func pickups(_ count: Int) async throws -> Series {
    let inbox = PostgresEventTaskInbox(pool: pool, inbox: PostgresInbox(consumer: "task"))
    let (starts, start) = AsyncStream.makeStream(of: ContinuousClock.Instant.self)
    var series = Series()
    try await withWorker(queue, Empty { _ in start.yield(.now) }) {
      var seen = starts.makeAsyncIterator()
      try await Task.sleep(for: .seconds(1))
      for _ in 0..<count {
        let begun = ContinuousClock.now
        try await inbox.enqueue(
          [NewTask(type: .carePlan, payload: "{}", userID: nil, uniqueKey: nil)], wake: nil, for: EventID(UUID()))
        guard let started = await seen.next() else { return }
        series.add((started - begun) / .milliseconds(1))
        try await Task.sleep(for: .milliseconds(Int.random(in: 20...60)))
      }
    }
    return series
  }

  /// While the body runs, a transaction is open that could still see every row that there is now.
  /// - Throws: `TransactionEnded` if it did not stay open until the end.
  func withOldTransaction(_ body: () async throws -> Void) async throws {
    let (opened, open) = AsyncStream.makeStream(of: Int.self)
    let pool = pool
    let old = Task {
      try await pool.transaction(isolation: .repeatableRead) { transaction in
        // A session of the pool is otherwise ended by the server after 30 s.
        try await transaction.query("SET LOCAL idle_in_transaction_session_timeout = 0")
        let row = try await transaction.query(
          "SELECT pg_backend_pid()::bigint AS pid, count(*) AS count FROM tasks"
        ).rows.first
        open.yield(try row?.get("pid", as: Int.self) ?? 0)
        // A client that is idle in its transaction.
        try? await Task.sleep(for: .seconds(7_200))
      }
    }
    defer { old.cancel() }
    for await process in opened {
      try await body()
      let found = try await pool.query(
        "SELECT 1 AS one FROM pg_stat_activity WHERE pid = \(process) AND state = 'idle in transaction'")
      if found.rows.isEmpty { throw TransactionEnded() }
      return
    }
  }

  struct TransactionEnded: Error, CustomStringConvertible {
    let description = "The old transaction did not stay open, so nothing was measured beside it."
  }

  private func withWorker(
    _ queue: any TaskQueue, _ handler: Empty, _ body: () async throws -> Void
  ) async throws {
    let (pool, listener) = (pool, listener)
    let worker = TaskWorker(
      name: "bench-\(UInt64.random(in: 0 ... .max))", queue: queue,
      runTask: RunClaimedTask(performers: [handler], queue: queue, schedule: RetrySchedule(), random: NoRandom()),
      wakeups: { PostgresTaskNotifications.stream(own: pool, all: listener) },
      limits: TaskWorker.Limits(concurrency: 2_000), logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
    let work = Task { try await worker.run() }
    try await body()
    work.cancel()
    try await work.value
  }
}

private struct Empty: TaskHandler {
  let type = TaskType.carePlan
  let heard: @Sendable (ClaimedTask) -> Void

  init(_ heard: @escaping @Sendable (ClaimedTask) -> Void) { self.heard = heard }

  func perform(_ task: ClaimedTask) async -> TaskOutcome {
    heard(task)
    return .completed
  }
}

private struct NoRandom: RandomSource {
  func bytes(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }
}

/// Counts the tasks whose end is written.
private final class CountedQueue: TaskQueue {
  private let queue: any TaskQueue
  private let left: Mutex<Int>
  private let signal: AsyncStream<Void>
  private let done: AsyncStream<Void>.Continuation

  init(_ queue: any TaskQueue) {
    self.queue = queue
    left = Mutex(0)
    (signal, done) = AsyncStream.makeStream(of: Void.self)
  }

  /// Before the tasks can be seen.
  func expect(_ count: Int) { left.withLock { $0 = count } }

  func allDone() async { for await _ in signal { return } }

  func claim(limit: Int, onlyUrgent: Bool, worker: String, lease: Duration) async throws -> [ClaimedTask] {
    try await queue.claim(limit: limit, onlyUrgent: onlyUrgent, worker: worker, lease: lease)
  }

  func extend(worker: String, lease: Duration) async throws { try await queue.extend(worker: worker, lease: lease) }

  func held(_ tasks: [ClaimedTask], worker: String) async throws -> HeldTasks {
    try await queue.held(tasks, worker: worker)
  }

  func finish(_ ends: [TaskEnd], worker: String) async throws -> Set<TaskClaim> {
    let held = try await queue.finish(ends, worker: worker)
    let isDone = left.withLock { left in
      left -= held.count
      return left == 0 && !held.isEmpty
    }
    if isDone { done.yield() }
    return held
  }

  func survey() async throws { try await queue.survey() }

  func rescue(maximumLosses: Int) async throws -> Int { try await queue.rescue(maximumLosses: maximumLosses) }

  func lostTasks(exceptInHand hand: [TaskClaim], worker: String) async throws -> LostTasks {
    try await queue.lostTasks(exceptInHand: hand, worker: worker)
  }

  func putBack(_ lost: LostTasks) async throws -> Int { try await queue.putBack(lost) }

  func leave(worker: String) async throws { try await queue.leave(worker: worker) }
}
