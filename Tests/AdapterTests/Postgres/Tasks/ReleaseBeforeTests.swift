import Application
import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import TestInfrastructure
import Testing

/// The statements of the release before, as it sends them. Both releases run on one schema during an update, and the
/// one before runs alone after a rollback.
@Suite("The task queue beside the release before", .serialized)
struct ReleaseBeforeTests {
  private struct Old: Sendable {
    let pool: PostgresPool

    func claim(known: [String] = TaskType.allCases.map(\.rawValue)) async throws -> [(id: UUID, attempt: Int)] {
      try await pool.query(
        """
        WITH due AS (
          SELECT id, type = ANY(\(known)) AS known FROM tasks WHERE status = 'pending' AND run_at <= statement_timestamp()
          ORDER BY priority DESC, run_at LIMIT \(10) FOR UPDATE SKIP LOCKED
        )
        UPDATE tasks SET
          status = CASE WHEN known THEN 'running' ELSE 'parked' END,
          attempts = attempts + CASE WHEN known THEN 1 ELSE 0 END,
          worker = CASE WHEN known THEN 'old' END,
          started_at = CASE WHEN known THEN coalesce(started_at, clock_timestamp()) ELSE started_at END,
          lease_until = CASE WHEN known THEN clock_timestamp() + 30000 * interval '1 millisecond' END
        FROM due WHERE tasks.id = due.id
        RETURNING tasks.id, tasks.attempts, known
        """
      ).rows.filter { try $0.get("known") == true }.map { (try $0.get("id"), try $0.get("attempts")) }
    }

    func extend(_ task: (id: UUID, attempt: Int)) async throws -> Bool {
      try await pool.query(
        """
        UPDATE tasks SET lease_until = clock_timestamp() + 30000 * interval '1 millisecond'
        WHERE id = \(task.id) AND status = 'running' AND worker = 'old' AND attempts = \(task.attempt)
        """
      ).affectedRows == 1
    }

    func complete(_ task: (id: UUID, attempt: Int)) async throws -> Bool {
      try await pool.query(
        """
        UPDATE tasks SET status = 'completed', completed_at = clock_timestamp(), error = NULL, lease_until = NULL
        WHERE id = \(task.id) AND status = 'running' AND worker = 'old' AND attempts = \(task.attempt)
        """
      ).affectedRows == 1
    }

    func again(_ task: (id: UUID, attempt: Int)) async throws -> Bool {
      try await pool.query(
        """
        UPDATE tasks SET status = 'pending', run_at = clock_timestamp(), error = 'provider_down', worker = NULL,
          lease_until = NULL
        WHERE id = \(task.id) AND status = 'running' AND worker = 'old' AND attempts = \(task.attempt)
        """
      ).affectedRows == 1
    }

    func fail(_ task: (id: UUID, attempt: Int)) async throws -> Bool {
      try await pool.query(
        """
        UPDATE tasks SET status = 'failed', completed_at = clock_timestamp(), error = 'provider_down', lease_until = NULL
        WHERE id = \(task.id) AND status = 'running' AND worker = 'old' AND attempts = \(task.attempt)
        """
      ).affectedRows == 1
    }

    func retry(_ id: UUID) async throws {
      try await pool.query(
        """
        UPDATE tasks SET status = 'pending', attempts = 0, error = NULL, completed_at = NULL, run_at = clock_timestamp()
        WHERE id = \(id) AND status IN ('failed', 'cancelled', 'parked')
        """)
    }

    func rescue() async throws -> Int {
      try await pool.query(
        """
        WITH lost AS (
          SELECT id FROM tasks WHERE status = 'running' AND lease_until < statement_timestamp()
          LIMIT 100 FOR UPDATE SKIP LOCKED
        )
        UPDATE tasks SET
          status = CASE WHEN attempts >= \(10) THEN 'failed' ELSE 'pending' END,
          completed_at = CASE WHEN attempts >= \(10) THEN clock_timestamp() END,
          error = 'worker_lost', worker = NULL, lease_until = NULL, run_at = clock_timestamp()
        FROM lost WHERE tasks.id = lost.id
        """
      ).affectedRows
    }
  }

  private static func with(
    _ body: @Sendable (Old, PostgresTaskQueue, PostgresPool) async throws -> Void
  ) async throws {
    try await withMigratedDatabase { database in
      try await body(
        Old(pool: database.pool), PostgresTaskQueue(pool: database.pool, sweepEvery: .zero), database.pool)
    }
  }

  private static func insert(_ pool: PostgresPool, type: String = "care_plan") async throws {
    try await pool.query("INSERT INTO tasks (type, payload) VALUES (\(type), '{}')")
  }

  private static func claim(_ queue: PostgresTaskQueue) async throws -> [ClaimedTask] {
    try await queue.survey()
    return try await queue.claim(limit: 10, worker: "new", lease: .seconds(30))
  }

  @Test("neither takes what the other holds, and each ends its own")
  func sideBySide() async throws {
    try await Self.with { old, queue, pool in
      try await Self.insert(pool)
      let theirs = try #require(try await old.claim().first)
      #expect(try await Self.claim(queue).isEmpty)
      try await Self.insert(pool)
      let ours = try #require(try await Self.claim(queue).first)
      #expect(try await old.claim().isEmpty)
      #expect(try await old.rescue() == 0)
      #expect(try await queue.rescue(maximumLosses: 10) == 0)
      #expect(try await queue.putBack(exceptInHand: [ours.claim], worker: "new") == 0)
      #expect(try await old.extend(theirs))
      #expect(try await old.complete(theirs))
      #expect(try await queue.finish(ours, worker: "new", as: .completed))
    }
  }

  @Test("after a rollback, the release before finds what this one has left, waiting and running")
  func rollback() async throws {
    try await Self.with { old, queue, pool in
      for _ in 0..<3 { try await Self.insert(pool) }
      let tasks = try await Self.claim(queue)
      #expect(tasks.count == 3)
      let back = TaskDisposition.again(after: .zero, code: nil, counts: false)
      #expect(try await queue.finish(tasks[0], worker: "new", as: back))
      #expect(try await old.claim().map(\.id) == [tasks[0].id.uuid])
      // Two were running when every worker of this release was killed.
      try await pool.query("UPDATE tasks SET lease_until = lease_until - interval '16 minutes' WHERE worker = 'new'")
      #expect(try await old.rescue() == 2)
      #expect(try await Set(old.claim().map(\.id)) == Set(tasks.dropFirst().map(\.id.uuid)))
      #expect(try await queue.finish(tasks[1], worker: "new", as: .completed) == false)
    }
  }

  @Test("this release finds what a dead worker of the release before has left")
  func takesOver() async throws {
    try await Self.with { old, queue, pool in
      try await Self.insert(pool)
      let theirs = try #require(try await old.claim().first)
      try await pool.query("UPDATE tasks SET lease_until = lease_until - interval '31 seconds'")
      #expect(try await queue.rescue(maximumLosses: 10) == 1)
      let ours = try #require(try await Self.claim(queue).first)
      #expect(ours.id.uuid == theirs.id && ours.attempt == 2 && ours.wasStarted)
      #expect(try await !old.complete(theirs))
    }
  }

  @Test("a task that the release before does not know runs here")
  func newType() async throws {
    try await Self.with { old, queue, pool in
      try await Self.insert(pool)
      #expect(try await old.claim(known: ["receipt_mail"]).isEmpty)
      #expect(try await Self.claim(queue).isEmpty)
      #expect(try await queue.rescue(maximumLosses: 10) == 0)
      #expect(try await Self.claim(queue).count == 1)
    }
  }

  @Test("an operator's cancellation stays when the release before puts the task back, and its retry begins anew")
  func cancelled() async throws {
    try await Self.with { old, queue, pool in
      for _ in 0..<2 { try await Self.insert(pool) }
      let theirs = try await old.claim()
      for task in theirs {
        #expect(try await PostgresTaskAdministration(database: pool).cancel(TaskID(task.id))?.state == .running)
      }
      #expect(try await old.again(theirs[0]))
      try await pool.query("UPDATE tasks SET lease_until = lease_until - interval '31 seconds'")
      #expect(try await old.rescue() == 1)
      #expect(try await Self.open(pool).isEmpty)
      for task in theirs {
        let summary = try await PostgresTaskReader(database: pool).task(TaskID(task.id), .everyone)
        #expect(summary?.state == .cancelled && summary?.completedAt != nil)
      }
      #expect(try await Self.claim(queue).isEmpty)

      try await pool.query(
        "UPDATE tasks SET losses = 9, failing_since = now(), created_at = created_at - interval '1 hour'")
      try await old.retry(theirs[0].id)
      let ours = try #require(try await Self.claim(queue).first)
      #expect(ours.age < .seconds(1_800) && ours.failingFor == .zero)
      #expect(try await queue.held([ours], worker: "new").toCancel.isEmpty)
      #expect(try await pool.query("SELECT 1 AS one FROM tasks WHERE losses = 0").rows.count == 1)
    }
  }

  @Test("a task that the release before gives up after ten attempts is tried on, for as long as this one would")
  func givenUp() async throws {
    try await Self.with { old, queue, pool in
      try await Self.insert(pool)
      func state() async throws -> String? {
        try await pool.query("SELECT status FROM tasks").rows.first?.get("status")
      }
      // Before its tenth attempt, the release before knows that no other can help.
      #expect(try await old.fail(try #require(try await old.claim().first)))
      #expect(try await state() == "failed")
      let id = try #require(try await pool.query("SELECT id FROM tasks").rows.first?.get("id", as: UUID.self))
      try await old.retry(id)
      try await pool.query("UPDATE tasks SET attempts = 14")
      #expect(try await old.fail(try #require(try await old.claim().first)))
      #expect(try await state() == "pending")
      #expect(try await old.claim().isEmpty)
      #expect(try await Self.open(pool) == ["pending"])
      try await pool.query("UPDATE tasks SET run_at = now()")
      let ours = try #require(try await Self.claim(queue).first)
      #expect(
        try await queue.finish(ours, worker: "new", as: .again(after: .zero, code: "provider_down", counts: true)))
      try await pool.query("UPDATE tasks SET failing_since = failing_since - interval '3 days'")
      #expect(try await old.fail(try #require(try await old.claim().first)))
      #expect(try await state() == "failed")
      #expect(try await Self.open(pool).isEmpty)
    }
  }

  @Test("a task that this release lets fail after many attempts has failed")
  func failsHere() async throws {
    try await Self.with { _, queue, pool in
      try await Self.insert(pool)
      try await pool.query("UPDATE tasks SET attempts = 20")
      let task = try #require(try await Self.claim(queue).first)
      #expect(try await queue.finish(task, worker: "new", as: .failed(code: "broken")))
      #expect(try await Self.open(pool).isEmpty)
      try await pool.query("UPDATE tasks SET status = 'pending'")
      #expect(try await Self.claim(queue).count == 1)
      try await pool.query("UPDATE tasks SET attempts = 20")
      try await pool.query("UPDATE task_workers SET lease_until = now() - interval '1 second'")
      #expect(try await queue.rescue(maximumLosses: 1) == 1)
      #expect(try await Self.open(pool).isEmpty)
    }
  }

  @Test("the release before takes no task that is behind another, and its end lets the next begin")
  func ordered() async throws {
    try await Self.with { old, queue, pool in
      for _ in 0..<2 {
        try await pool.query("INSERT INTO tasks (type, payload, ordering_key) VALUES ('care_plan', '{}', 'a')")
      }
      let first = try await old.claim()
      #expect(first.count == 1)
      #expect(try await old.complete(first[0]))
      #expect(try await Self.claim(queue).count == 1)
    }
  }

  @Test("only what is not finished is in the queue's index, whichever release writes it")
  func openRows() async throws {
    try await Self.with { old, queue, pool in
      for type in ["care_plan", "care_plan", "horoscope"] { try await Self.insert(pool, type: type) }
      let first = try #require(try await old.claim().first)
      #expect(try await old.complete(first))
      try await pool.query("UPDATE tasks SET status = 'failed' WHERE status = 'running'")
      #expect(try await Self.open(pool) == ["parked"])
      #expect(try await PostgresTaskAdministration(database: pool).retry(TaskID(first.id)) == nil)
      try await pool.query("UPDATE tasks SET status = 'pending' WHERE status = 'failed'")
      #expect(try await Self.open(pool) == ["parked", "pending"])
    }
  }

  /// The states of the open rows, where `is_open` is right for every row.
  private static func open(_ pool: PostgresPool) async throws -> [String] {
    let rows = try await pool.query("SELECT status, is_open FROM tasks ORDER BY status").rows
    for row in rows {
      #expect(
        ["pending", "running", "parked"].contains(try row.get("status", as: String.self)) == (try row.get("is_open")))
    }
    return try rows.filter { try $0.get("is_open") == true }.map { try $0.get("status") }
  }
}
