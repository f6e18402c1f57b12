import Application
import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import TestInfrastructure
import Testing

/// What an operator sees and does must not read every task that has ended: there may be a million of them.
@Suite("The cost of operators' lists and actions", .serialized)
struct TaskOperatorCostTests {
  private static let finished = 40_000
  private static let code = "gemini_refused"
  private let filter = TaskFilter(errorCode: Self.code)

  /// Runs the body on one connection, so that the counts are those of its statements. Of the tasks, three have failed
  /// and two wait.
  private func withTasks(_ body: @Sendable (PostgresPool) async throws -> Void) async throws {
    try await withMigratedDatabase(connections: 1) { database in
      let pool = database.pool
      try await pool.query(
        """
        INSERT INTO tasks (type, payload, status, is_open, attempts, created_at, started_at, completed_at)
        SELECT 'care_plan', '{}', 'completed', false, 1, moment, moment, moment + interval '300 milliseconds'
        FROM (
          SELECT now() - (\(Self.finished) + 1 - n) * interval '1 second' AS moment
          FROM generate_series(1, \(Self.finished)) n
        ) AS made
        """)
      let size = try await pool.query("SELECT pg_relation_size('tasks_unsuccessful') AS n").rows.first
      #expect(try size?.get("n", as: Int.self) == 8_192, "a task that went well has no entry")
      try await fail(3, code: Self.code, before: 29_020, pool)
      try await pool.insertDueTasks(2)
      try await pool.query(PostgresQuery(script: "VACUUM (ANALYZE) tasks"))
      // Nearly all of the table's pages.
      let pages = try await pool.query("SELECT pg_relation_size('tasks') / 8192 AS n").rows.first
      #expect(try pages?.get("n", as: Int.self) ?? 0 > 1_600)
      try await body(pool)
    }
  }

  private func fail(_ count: Int, code: String, before seconds: Int, _ pool: PostgresPool) async throws {
    try await pool.query(
      """
      INSERT INTO tasks (type, payload, status, is_open, error, created_at, completed_at)
      SELECT 'care_plan', '{}', 'failed', false, \(code), moment, moment + interval '1 second'
      FROM (
        SELECT now() - (\(seconds) - n) * interval '1 second' AS moment FROM generate_series(1, \(count)) n
      ) AS made
      """)
  }

  @Test("a page of everybody's tasks reads its rows, and of a later page's the index alone")
  func pages() async throws {
    try await withTasks { pool in
      let reader = PostgresTaskReader(database: pool)
      let before = try await pool.taskBlocksRead()
      let first = try await reader.page(.everyone, after: nil, limit: 51)
      #expect(try await pool.taskBlocksRead() - before < 400)
      #expect(first.count == 51 && first.prefix(2).allSatisfy { $0.state == .pending })
      #expect(first.map(\.createdAt) == first.map(\.createdAt).sorted(by: >))

      let far = try await pool.query(
        "SELECT created_at, id FROM tasks ORDER BY created_at DESC OFFSET 29000 LIMIT 1")
      let row = try #require(far.rows.first)
      let cursor = TaskCursor(createdAt: try row.get("created_at"), id: TaskID(try row.get("id")))
      let expected = try await pool.query(
        "SELECT id FROM tasks WHERE created_at < \(cursor.createdAt) ORDER BY created_at DESC, id DESC LIMIT 51"
      ).rows.map { TaskID(try $0.get("id", as: UUID.self)) }
      let middle = try await pool.taskBlocksRead()
      #expect(try await reader.page(.everyone, after: cursor, limit: 51).map(\.id) == expected)
      #expect(try await pool.taskBlocksRead() - middle < 800)
    }
  }

  @Test("an old task among the last that have ended makes no page read the index of all that have")
  func oldTaskEndsLast() async throws {
    try await withTasks { pool in
      let reader = PostgresTaskReader(database: pool)
      let first = try await reader.page(.everyone, after: nil, limit: 51)
      try await pool.query(
        """
        INSERT INTO tasks (type, payload, status, is_open, created_at, completed_at)
        VALUES ('receipt_mail', '{}', 'completed', false, now() - interval '29 days', now())
        """)
      let before = try await pool.taskEntriesRead()
      #expect(try await reader.page(.everyone, after: nil, limit: 51) == first)
      let read = try await pool.taskEntriesRead() - before
      #expect(read < 2_000, "\(read) entries for 51 tasks")
    }
  }

  @Test("a page, a preview and each step of an action read a bounded number of forty thousand waiting tasks")
  func manyWaiting() async throws {
    try await withMigratedDatabase(connections: 1) { database in
      let pool = database.pool
      try await pool.query(
        """
        INSERT INTO tasks (type, payload, created_at)
        SELECT 'care_plan', '{}', now() - (40001 - n) * interval '1 second' FROM generate_series(1, 40000) n
        """)
      try await pool.query(PostgresQuery(script: "VACUUM (ANALYZE) tasks"))
      let actions = PostgresTaskActionRepository(database: pool, span: 1_000)
      let plans = TaskFilter(type: "care_plan")

      var before = try await pool.taskEntriesRead()
      let page = try await PostgresTaskReader(database: pool).page(.everyone, after: nil, limit: 51)
      #expect(page.count == 51)
      #expect(try await pool.taskEntriesRead() - before < 400)

      before = try await pool.taskEntriesRead()
      let preview = try await actions.preview(.runNow, on: plans, sample: 20)
      #expect(preview.count.number == TaskCount.most && preview.count.isLeast && preview.sample.count == 20)
      #expect(try await pool.taskEntriesRead() - before < TaskCount.most + 2_000)

      let id = try await start(.priority(3), on: plans, actions).id
      var place: TaskActionPlace?
      for _ in 0..<3 {
        before = try await pool.taskEntriesRead()
        let step = try await actions.step(.priority(3), on: plans, of: id, from: place, limit: 10)
        #expect(try await pool.taskEntriesRead() - before < 2_000)
        #expect(step.changed == 10 && step.next != nil)
        place = step.next
      }
      // None of them has this code, and the step ends all the same.
      before = try await pool.taskEntriesRead()
      let other = try await actions.step(.priority(3), on: filter, of: id, from: place, limit: 10)
      #expect(try await pool.taskEntriesRead() - before < 3_000)
      #expect(other.changed == 0 && other.next != nil)
    }
  }

  @Test("a page by a filter reads a bounded number of forty thousand waiting tasks, whichever they are")
  func searchOfWaiting() async throws {
    try await withMigratedDatabase(connections: 1) { database in
      let pool = database.pool
      let user = UUID()
      try await pool.query(
        """
        INSERT INTO tasks (type, payload, user_id, created_at)
        SELECT 'care_plan', '{}', \(user), now() - (40001 - n) * interval '1 second' FROM generate_series(1, 40000) n
        """)
      try await pool.query(PostgresQuery(script: "VACUUM (ANALYZE) tasks"))
      let reader = PostgresTaskReader(database: pool, span: 1_000, look: 500)
      for scope in [TaskOwnerFilter.everyone, .own(UserID(user))] {
        for filter in [
          TaskFilter(type: "care_plan"), TaskFilter(type: "care_plan", state: .pending), TaskFilter(state: .failed),
          TaskFilter(type: "receipt_mail"), self.filter,
        ] {
          let before = try await pool.taskEntriesRead()
          let found = try await reader.search(scope, filter, after: nil, limit: 51)
          let read = try await pool.taskEntriesRead() - before
          #expect(read < 4_000, "\(read) entries for \(filter) of \(scope)")
          #expect(found.tasks.count == (filter.type == "care_plan" ? 51 : 0))
        }
      }
    }
  }

  @Test("a page by a filter reads none of forty thousand that went well, or a bounded number of them")
  func searchOfFinished() async throws {
    try await withTasks { pool in
      let reader = PostgresTaskReader(database: pool)
      func read(_ filter: TaskFilter) async throws -> (tasks: Int, blocks: Int, end: TaskCursor?) {
        let before = try await pool.taskBlocksRead()
        let found = try await reader.search(.everyone, filter, after: nil, limit: 51)
        return (found.tasks.count, try await pool.taskBlocksRead() - before, found.end)
      }
      let failed = try await read(filter)
      #expect(failed.tasks == 3 && failed.end == nil && failed.blocks < 100, "\(failed)")
      let waiting = try await read(TaskFilter(type: "care_plan", state: .pending))
      #expect(waiting.blocks < 100, "\(waiting)")
      let other = try await read(TaskFilter(type: "receipt_mail"))
      #expect(other.tasks == 0 && other.end != nil && other.blocks < 2_000, "\(other)")
    }
  }

  @Test("a task that is changed while an action waits for its row is not left out")
  func changedMeanwhile() async throws {
    try await withMigratedDatabase { database in
      let pool = database.pool
      try await fail(3, code: Self.code, before: 100, pool)
      let actions = PostgresTaskActionRepository(database: pool)
      let id = try await start(on: filter, actions).id
      let failed = TaskActionPlace(.unsuccessful)
      let step = try await pool.transaction { transaction in
        try await transaction.query("UPDATE tasks SET payload = '{}' WHERE status = 'failed'")
        let step = Task { try await actions.step(.retry, on: filter, of: id, from: failed, limit: 500) }
        let waits = await eventually { () async -> Bool? in
          let waiting = try? await pool.query(
            "SELECT 1 AS one FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
          return waiting?.rows.isEmpty == false ? true : nil
        }
        #expect(waits == true)
        return step
      }
      let done = try await step.value
      #expect(done.changed == 3, "\(done)")
    }
  }

  @Test("a task without an end, or with one before its creation, is listed in its place and counted")
  func undated() async throws {
    try await withMigratedDatabase(connections: 1) { database in
      let pool = database.pool
      try await pool.query(
        """
        INSERT INTO tasks (type, payload, status, created_at, completed_at)
        SELECT 'care_plan', '{}', status, now() - n * interval '1 minute',
          CASE n % 3 WHEN 0 THEN now() WHEN 1 THEN now() - interval '1 day' END
        FROM unnest('{completed,failed,completed,cancelled,completed,completed}'::text[])
          WITH ORDINALITY AS made (status, n)
        """)
      try await pool.query("INSERT INTO tasks (type, payload) VALUES ('care_plan', '{}')")
      let reader = PostgresTaskReader(database: pool)
      #expect(
        try await reader.counts(.everyone) == [.completed: 4, .failed: 1, .cancelled: 1, .pending: 1])
      var (seen, cursor): ([TaskState], TaskCursor?) = ([], nil)
      while let task = try await reader.page(.everyone, after: cursor, limit: 1).first {
        seen.append(task.state)
        cursor = TaskCursor(createdAt: task.createdAt, id: task.id)
      }
      #expect(seen == [.pending, .completed, .failed, .completed, .cancelled, .completed, .completed])
      #expect(try await reader.page(.everyone, after: nil, limit: 50).map(\.state) == seen)
    }
  }

  @Test("tasks are counted exactly, without the rows of those that went well")
  func counts() async throws {
    try await withTasks { pool in
      let before = try await pool.taskBlocksRead()
      let counts = try await PostgresTaskReader(database: pool).counts(.everyone)
      #expect(counts == [.completed: Self.finished, .failed: 3, .pending: 2])
      #expect(try await pool.taskBlocksRead() - before < 800)
    }
  }

  @Test("three tasks among forty thousand are previewed and retried by an index")
  func action() async throws {
    try await withTasks { pool in
      let actions = PostgresTaskActionRepository(database: pool)
      let before = try await pool.taskBlocksRead()
      let preview = try await actions.preview(.retry, on: filter, sample: 20)
      #expect(preview.count == TaskCount(counted: 3) && preview.sample.count == 3)
      let started = try await start(on: filter, actions)
      #expect(started.count == TaskCount(counted: 3))
      var (changed, place) = (0, TaskActionPlace?.none)
      repeat {
        let step = try await actions.step(.retry, on: filter, of: started.id, from: place, limit: 500)
        (changed, place) = (changed + step.changed, step.next)
      } while place != nil
      #expect(changed == 3)
      for action in [TaskAction.cancel, .runNow, .priority(3)] {
        #expect(try await actions.preview(action, on: TaskFilter(type: "care_plan"), sample: 20).count.number == 5)
      }
      #expect(try await pool.taskBlocksRead() - before < 800)
    }
  }

  @Test("a step looks at a bounded number of the tasks that failed for another reason, and goes on after them")
  func steps() async throws {
    try await withMigratedDatabase(connections: 1) { database in
      let pool = database.pool
      let filter = TaskFilter(state: .failed, errorCode: Self.code)
      try await fail(1_000, code: "gemini_blocked", before: 9_000, pool)
      try await fail(3, code: Self.code, before: 100, pool)
      try await pool.query(PostgresQuery(script: "VACUUM (ANALYZE) tasks"))
      let actions = PostgresTaskActionRepository(database: pool, span: 100)
      let id = try await start(on: filter, actions).id
      var (changed, place): ([Int], TaskActionPlace?) = ([], nil)
      repeat {
        let step = try await actions.step(.retry, on: filter, of: id, from: place, limit: 500)
        changed.append(step.changed)
        place = step.next
      } while place != nil
      #expect(changed == Array(repeating: 0, count: 10) + [3])
    }
  }

  @Test("no more than ten thousand tasks are counted for an action")
  func bounded() async throws {
    try await withMigratedDatabase(connections: 1) { database in
      let pool = database.pool
      try await fail(TaskCount.most + 50, code: Self.code, before: 20_000, pool)
      let actions = PostgresTaskActionRepository(database: pool)
      let count = try await actions.preview(.retry, on: filter, sample: 1).count
      #expect(count.number == TaskCount.most && count.isLeast)
      let started = try await start(on: filter, actions)
      #expect(started.count == count)
      let row = try #require(try await pool.query("SELECT details FROM operator_actions").rows.first)
      #expect(try row.get("details", as: String.self).hasPrefix("count>=\(TaskCount.most) "))
    }
  }

  @Test("a preview whose tasks cannot be counted soon says so")
  func uncounted() async throws {
    try await withMigratedDatabase { database in
      let pool = database.pool
      let actions = PostgresTaskActionRepository(database: pool, patience: .milliseconds(100))
      let preview = try await pool.transaction { transaction in
        try await transaction.query("LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE")
        return try await actions.preview(.retry, on: filter, sample: 20)
      }
      #expect(preview == TaskActionPreview(count: TaskCount(counted: 0, isComplete: false), sample: []))
    }
  }

  private func start(
    _ action: TaskAction = .retry, on filter: TaskFilter, _ actions: PostgresTaskActionRepository
  ) async throws -> (id: TaskID, count: TaskCount) {
    try await actions.start(
      NewTaskAction(action, on: filter, reason: try #require(Reason("a test")), actor: "cli:test"))
  }
}
