import Application
import Domain
import Fakes
import Foundation
import Logging
import PostgresAdapter
import PostgresDriver
import Runtime
import TestInfrastructure
import Testing

/// Two workers on one database and at the same time: one as it is in this release, and one with the statements of the
/// release before.
@Suite("Workers of this release and of the one before, side by side", .serialized)
struct ReleasesSideBySideTests {
  /// What the release before is like.
  enum Older: CaseIterable {
    case leaseOfTask
    case leaseOfWorker

    func queue(_ pool: PostgresPool) -> any KillableTaskQueue {
      switch self {
      case .leaseOfTask: OlderTaskQueue(pool: pool)
      case .leaseOfWorker: OlderBatchTaskQueue(pool: pool)
      }
    }
  }

  private struct Row: Sendable {
    let key, type, status: String
    let error, worker: String?
    let attempts, claims, losses: Int
    let isOpen: Bool?
    let hasSteps: Bool

    var kind: SideBySideJob.Kind? { SideBySideJob.Kind(rawValue: String(key.prefix(while: { $0 != "-" }))) }
  }

  private static let olderName = "before"
  private static let newerName = "this"
  private static let versions: [TaskType: ClosedRange<Int>] = [.carePlan: 1...2]

  // MARK: the stage

  private static func rows(_ pool: PostgresPool) async throws -> [Row] {
    let result = try await pool.query(
      """
      SELECT unique_key, type, status, error, worker, attempts, claims, losses, is_open, steps IS NOT NULL AS has_steps
      FROM tasks ORDER BY unique_key
      """)
    return try result.rows.map { row in
      Row(
        key: try row.get("unique_key"), type: try row.get("type"), status: try row.get("status"),
        error: try row.get("error"), worker: try row.get("worker"), attempts: try row.get("attempts"),
        claims: try row.get("claims"), losses: try row.get("losses"), isOpen: try row.get("is_open"),
        hasSteps: try row.get("has_steps"))
    }
  }

  private static func until(_ what: String, _ condition: () async throws -> Bool) async throws {
    let held: Bool? = try await eventually(within: .seconds(60)) { try await condition() ? true : nil }
    try #require(held == true, "\(what)")
  }

  private static func tasks(
    _ kind: SideBySideJob.Kind, _ numbers: ClosedRange<Int>, _ type: TaskType, version: Int = 1, order: String? = nil
  ) throws -> [NewTask] {
    try numbers.map { number in
      let job = SideBySideJob(kind, number)
      return NewTask(
        type: type, payload: try job.payload(version: version), version: version, userID: nil, uniqueKey: job.key,
        orderingKey: order, callbackKey: kind == .callback ? job.key : nil)
    }
  }

  private static func worker(
    _ name: String, _ queue: any TaskQueue, _ handlers: [SideBySideHandler]
  ) -> TaskWorker {
    let schedule = RetrySchedule(base: .milliseconds(10), ceiling: .milliseconds(50))
    return TaskWorker(
      name: name, queue: queue,
      runTask: RunClaimedTask(performers: handlers, queue: queue, schedule: schedule, random: FakeRandom()),
      wakeups: { AsyncStream { $0.finish() } },
      limits: TaskWorker.Limits(concurrency: 12, poll: .milliseconds(50)),
      logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
  }

  private static func handlers(
    _ types: [TaskType], _ release: SideBySideWork.Release, _ work: SideBySideWork, _ pool: PostgresPool
  ) -> [SideBySideHandler] {
    types.map { type in
      SideBySideHandler(
        type: type, versions: release == .this ? versions[type] ?? 1...1 : 1...1, release: release, work: work,
        steps: PostgresTaskStepStore(database: pool))
    }
  }

  /// A task that has been tried so often that the release before gives it up after the next failure.
  private static func insertStubborn(_ numbers: ClosedRange<Int>, _ pool: PostgresPool) async throws {
    for number in numbers {
      let job = SideBySideJob(.stubborn, number)
      let payload = try job.payload(version: 1)
      try await pool.query(
        """
        INSERT INTO tasks (type, payload, unique_key, attempts)
        VALUES ('receipt_mail', \(payload)::jsonb, \(job.key), 12)
        """)
    }
  }

  private static func insertAll(_ inbox: PostgresEventTaskInbox, _ pool: PostgresPool) async throws {
    try await insertStubborn(1...6, pool)
    let shared: [[NewTask]] = [
      try tasks(.plain, 1...30, .receiptMail), try tasks(.plain, 31...60, .carePlan),
      try tasks(.twice, 1...12, .receiptMail), try tasks(.broken, 1...6, .carePlan),
      try tasks(.stopped, 1...4, .carePlan), try tasks(.callback, 1...10, .carePlan),
      try tasks(.stepped, 1...6, .receiptMail), try tasks(.ordered, 1...6, .receiptMail, order: "o"),
    ]
    let new: [[NewTask]] = [
      try tasks(.new, 5...20, .carePlan, version: 2), try tasks(.new, 21...35, .carePlanKeys),
      try tasks(.stepped, 7...10, .carePlanKeys),
    ]
    var (rest, all) = (new.flatMap(\.self), [NewTask]())
    for task in shared.flatMap(\.self) {
      all.append(task)
      if let one = rest.popLast() { all.append(one) }
    }
    for task in all { try await inbox.enqueue([task], wake: nil, for: EventID(UUID())) }
  }

  private static func callBack(
    _ numbers: ClosedRange<Int>, _ inbox: PostgresEventTaskInbox, _ work: SideBySideWork
  ) async throws {
    for number in numbers {
      let key = SideBySideJob(.callback, number).key
      work.happen(key)
      try await inbox.callBack(key, for: EventID(UUID()))
    }
  }

  /// Cancels what runs at both workers. The handler of the release before does not hear of it and ends by itself.
  private static func stopRunning(_ pool: PostgresPool, _ work: SideBySideWork) async throws {
    try await until("each task that is to be cancelled runs") {
      Set(work.begun.filter { $0.job.kind == .stopped }.map(\.job.key)).count == 4
    }
    let ids = try await pool.query("SELECT id FROM tasks WHERE unique_key LIKE 'stopped-%'").rows.map { row in
      TaskID(try row.get("id", as: UUID.self))
    }
    for id in ids {
      #expect(try await PostgresTaskAdministration(database: pool).cancel(id)?.state == .running)
    }
    for number in 1...4 { work.happen(SideBySideJob(.stopped, number).key) }
    try await until("what was cancelled has ended") {
      try await rows(pool).filter { $0.kind == .stopped }.allSatisfy { $0.status == "cancelled" }
    }
  }

  // MARK: the test

  @Test(
    "with tasks of both in flight, each ends as it should and has one effect, also if the older worker is killed",
    arguments: Older.allCases)
  func sideBySide(release: Older) async throws {
    try await withMigratedDatabase(connections: 12) { database in
      let (pool, work) = (database.pool, SideBySideWork())
      let inbox = PostgresEventTaskInbox(pool: pool, inbox: PostgresInbox(consumer: "task"))
      let older = release.queue(pool)
      func newer() -> PostgresTaskQueue { PostgresTaskQueue(pool: pool, sweepEvery: .zero, versions: Self.versions) }
      var works: [Task<Void, any Error>] = []
      do {
        let olderWorker = Self.worker(
          Self.olderName, older, Self.handlers([.receiptMail, .carePlan], .before, work, pool))
        let olderWork = Task { try await olderWorker.run() }
        works.append(olderWork)
        try await Self.aloneBefore(inbox, pool, work)

        let newerWorker = Self.worker(
          Self.newerName, newer(), Self.handlers([.receiptMail, .carePlan, .carePlanKeys], .this, work, pool))
        works.append(Task { try await newerWorker.run() })
        try await Self.insertAll(inbox, pool)
        try await Self.stopRunning(pool, work)
        try await Self.callBack(1...5, inbox, work)
        try await Self.until("both have done their part") {
          // What a worker does once a minute, in which it puts back nothing of a worker that lives.
          let putBack = try await (older.rescue(maximumLosses: 10), newer().rescue(maximumLosses: 10))
          #expect(putBack == (0, 0))
          let effects = work.effects
          return effects.count { $0.release == .before } >= 5 && effects.count { $0.release == .this } >= 5
        }

        older.kill()
        olderWork.cancel()
        _ = await olderWork.result
        let held = try await Self.rows(pool).filter { $0.status == "running" && $0.worker == Self.olderName }
        let left = Set(held.map(\.key))
        #expect(left.isSuperset(of: (1...3).map { SideBySideJob(.left, $0).key }))
        try await pool.query(
          """
          UPDATE tasks SET lease_until = clock_timestamp() - interval '1 second'
          WHERE status = 'running' AND worker = \(Self.olderName)
          """)
        try await pool.query(
          """
          UPDATE task_workers SET lease_until = clock_timestamp() - interval '1 second' WHERE worker = \(Self.olderName)
          """)
        try await Self.callBack(6...10, inbox, work)
        try await Self.until("every task has ended") {
          _ = try await newer().rescue(maximumLosses: 10)
          // What the release before has given up is tried again after an hour.
          try await pool.query(
            """
            UPDATE tasks SET run_at = clock_timestamp()
            WHERE status = 'pending' AND unique_key LIKE 'stubborn-%'
              AND run_at > clock_timestamp() + interval '10 minutes'
            """)
          return try await Self.rows(pool).allSatisfy { $0.isOpen == false }
        }
        let rows = try await Self.rows(pool)
        try Self.check(rows, work, left: left)
      } catch {
        older.kill()
        for one in works { one.cancel() }
        for one in works { _ = await one.result }
        throw error
      }
      for one in works { one.cancel() }
      for one in works { _ = await one.result }
    }
  }

  /// The worker of the release before alone: it begins what it will be killed in, and parks what it cannot do.
  private static func aloneBefore(
    _ inbox: PostgresEventTaskInbox, _ pool: PostgresPool, _ work: SideBySideWork
  ) async throws {
    let first: [[NewTask]] = [
      try tasks(.new, 1...2, .carePlan, version: 2), try tasks(.new, 3...4, .carePlanKeys),
      try tasks(.left, 1...3, .receiptMail),
    ]
    try await inbox.enqueue(first.flatMap(\.self), wake: nil, for: EventID(UUID()))
    try await until("the worker of the release before has looked at all tasks") {
      let rows = try await rows(pool)
      return rows.filter { $0.status == "running" }.count == 3 && rows.filter { $0.status == "parked" }.count == 4
    }
    let parked = try await rows(pool).filter { $0.status == "parked" }
    #expect(parked.map(\.error) == ["unknown_version", "unknown_version", "unknown_type", "unknown_type"])
    #expect(parked.allSatisfy { $0.attempts == 0 && $0.claims == 0 && $0.isOpen == true })
    try await until("it works on what it will be killed in") { work.begun.count == 3 }
  }

  private static func check(_ rows: [Row], _ work: SideBySideWork, left: Set<String>) throws {
    let ends: [SideBySideJob.Kind: String] = [.broken: "failed", .stopped: "cancelled"]
    for row in rows {
      let kind = try #require(row.kind)
      #expect(row.status == ends[kind] ?? "completed", "\(row)")
      #expect(row.error == (kind == .broken ? "broken" : nil) || kind == .stopped, "\(row)")
      #expect(row.isOpen == false && !row.hasSteps, "\(row)")
    }
    let effects = work.effects
    let expected = Set(rows.filter { $0.kind != .broken && $0.kind != .stopped }.map(\.key))
    #expect(Set(effects.map(\.job.key)) == expected)
    // The provider sees a key a second time only where the kill has come between the effect and its end.
    let times = Dictionary(grouping: effects, by: \.job.key).mapValues(\.count)
    #expect(Set(times.filter { $0.value > 1 }.keys).isSubset(of: left))
    #expect(times.values.allSatisfy { $0 <= 2 })

    // Nothing of this release alone was begun, failed or lost by the one before.
    let begunBefore = work.begun.filter { $0.release == .before }.map(\.job.kind)
    #expect(!begunBefore.contains(.new) && work.misread == 0)
    let new = rows.filter { $0.kind == .new }
    #expect(new.count == 35 && new.allSatisfy { $0.attempts == 1 && $0.claims == 1 && $0.losses == 0 })
    #expect(rows.filter { $0.type == "care_plan_keys" }.allSatisfy { $0.worker == newerName && $0.losses == 0 })

    // What it has left in the middle was done here.
    #expect(rows.filter { left.contains($0.key) }.allSatisfy { $0.worker == newerName && $0.losses >= 1 })
    // The attempt after a step's knows its result.
    #expect(Set(work.steps).count == work.steps.count)
    #expect(Set(work.steps).isSuperset(of: (7...10).map { SideBySideJob(.stepped, $0).key }))

    var ordered: [String] = []
    for key in effects.filter({ $0.job.kind == .ordered }).map(\.job.key) where !ordered.contains(key) {
      ordered.append(key)
    }
    #expect(ordered == (1...6).map { SideBySideJob(.ordered, $0).key })
  }

  @Test("a worker of the release before shares no number of a claim with the worker that has lost the task")
  func numbered() async throws {
    try await withMigratedDatabase { database in
      let pool = database.pool
      let (older, newer) = (OlderTaskQueue(pool: pool), PostgresTaskQueue(pool: pool, sweepEvery: .zero))
      try await pool.query("INSERT INTO tasks (type, payload) VALUES ('care_plan', '{}')")
      try await newer.survey()
      let lost = try #require(try await newer.claim(limit: 1, worker: "this", lease: .seconds(30)).first)
      try await pool.query("UPDATE task_workers SET lease_until = clock_timestamp() - interval '1 second'")
      #expect(try await newer.rescue(maximumLosses: 10) == 1)
      #expect(try await older.claim(limit: 1, worker: "before", lease: .seconds(30)).map(\.id) == [lost.id])
      #expect(try await !PostgresTaskStepStore(database: pool).keep("1", as: "one", of: lost.claim))
      let row = try await pool.query("SELECT steps IS NULL AS is_empty, claims FROM tasks").rows.first
      #expect(try row?.get("is_empty") == true && row?.get("claims") == 2)
    }
  }
}
