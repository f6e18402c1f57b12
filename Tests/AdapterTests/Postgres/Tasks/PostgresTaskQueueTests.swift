import Application
import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import TestInfrastructure
import Testing

/// What only Postgres can get wrong.
@Suite("The task queue in Postgres", .serialized)
struct PostgresTaskQueueTests {
  private static func fill(_ count: Int, _ pool: PostgresPool, status: String = "pending", worker: String? = nil)
    async throws
  {
    try await pool.query(
      """
      INSERT INTO tasks (type, payload, status, worker, attempts, claims, lease_until)
      SELECT 'care_plan', '{}', \(status), \(worker), 1, 1, clock_timestamp() + interval '15 minutes'
      FROM generate_series(1, \(count))
      """)
  }

  private static func states(_ pool: PostgresPool) async throws -> [String: Int] {
    let rows = try await pool.query("SELECT status, count(*) AS count FROM tasks GROUP BY status").rows
    return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.get("status"), try $0.get("count", as: Int.self)) })
  }

  private static func claim(_ queue: PostgresTaskQueue, _ limit: Int = 10) async throws -> [ClaimedTask] {
    try await queue.claim(limit: limit, worker: "a", lease: .seconds(30))
  }

  @Test("a claim does not look behind the last one, and a survey finds what was committed there")
  func committedLate() async throws {
    try await withMigratedDatabase { database in
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool))
      try await Self.fill(1, pool)
      #expect(try await Self.claim(queue).count == 1)
      for moment in ["2020-01-01", "epoch", "-infinity"] {
        try await pool.query(
          "INSERT INTO tasks (type, payload, run_at) VALUES ('care_plan', '{}', \(moment)::timestamptz)")
      }
      #expect(try await Self.claim(queue).isEmpty)
      try await queue.survey()
      #expect(try await Self.claim(queue).count == 3)
    }
  }

  @Test("the key of a window is the one of the rule, by the clock of Postgres")
  func windowKey() async throws {
    try await withMigratedDatabase { database in
      let pool = database.pool
      let inbox = PostgresEventTaskInbox(pool: pool, inbox: PostgresInbox(consumer: "task"))
      for seconds in [1, 7, 3_600, 86_400] {
        let window = TaskUniqueWindow(.seconds(seconds))
        let task = NewTask(
          type: .carePlan, payload: "{}", userID: nil, uniqueKey: "a:\(seconds)", uniqueWithin: window)
        try await inbox.enqueue([task], wake: nil, for: EventID(UUID()))
        let row = try await pool.query(
          """
          DELETE FROM tasks RETURNING unique_key, floor(extract(epoch FROM created_at))::bigint AS moment
          """
        ).rows.first
        let (key, moment) = (try row?.get("unique_key", as: String.self), try row?.get("moment", as: Int64.self) ?? 0)
        // A window may have ended between the statement's beginning and the row.
        #expect([moment, moment - 1].map { window.key("a:\(seconds)", at: $0) }.contains(try #require(key)))
      }
    }
  }

  private static func told(_ pool: PostgresPool) async throws -> [TaskFailed] {
    let rows = try await pool.query(
      "SELECT source, context, type, subject, data FROM outbox ORDER BY created_at, subject"
    ).rows
    return try rows.map { row in
      let data: String = try row.get("data")
      let event = try JSONDecoder().decode(TaskFailed.self, from: Data(data.utf8))
      #expect(try row.get("type") == TaskFailed.type && row.get("context") == TaskFailed.context.rawValue)
      #expect(try row.get("source") == "task" && row.get("subject") == event.taskID)
      return event
    }
  }

  @Test("a task that has failed for good is told to the other services, in the transaction of its end")
  func told() async throws {
    try await withMigratedDatabase { database in
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool))
      let user = UserID(UUID())
      try await pool.query(
        "INSERT INTO tasks (type, payload, user_id) SELECT 'care_plan', '{}', \(user.uuid) FROM generate_series(1, 5)")
      try await queue.survey()
      let tasks = try await Self.claim(queue)
      try #require(tasks.count == 5)
      let lost = ClaimedTask(
        id: tasks[0].id, type: .carePlan, payload: "{}", userID: user, attempt: 1, claim: 7, wasStarted: false,
        age: .zero, failingFor: .zero)
      let ends = [
        TaskEnd(tasks[1], .completed), TaskEnd(tasks[2], .failed(code: "gemini_refused")),
        TaskEnd(tasks[3], .again(after: .seconds(60), code: "gemini_away", counts: true)),
        // Another claim of the task has the right to its end.
        TaskEnd(lost, .failed(code: "late")),
      ]
      #expect(try await queue.finish(ends, worker: "a").count == 3)
      let failure = TaskFailed(
        taskID: tasks[2].id.description, taskType: "care_plan", userID: user, errorCode: "gemini_refused")
      #expect(try await Self.told(pool) == [failure])
    }
  }

  @Test("a task that has lost its workers too often is told as well, and one that is put back is not")
  func toldOfLoss() async throws {
    try await withMigratedDatabase { database in
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool, sweepEvery: .zero))
      try await Self.fill(2, pool)
      try await queue.survey()
      let tasks = try await Self.claim(queue)
      try #require(tasks.count == 2)
      try await pool.query("UPDATE tasks SET losses = 8 WHERE id = \(tasks[0].id.uuid)")
      for expected in [[], [tasks[0].id.description]] {
        try await pool.query("UPDATE task_workers SET lease_until = now() - interval '1 hour', is_swept = false")
        #expect(try await queue.rescue(maximumLosses: 10) == 2)
        let told = try await Self.told(pool)
        #expect(told.map(\.taskID) == expected && told.allSatisfy { $0.errorCode == "worker_lost" })
        _ = try await Self.claim(queue)
      }
    }
  }

  @Test("a new process takes what waits, and what comes before it has looked through the queue")
  func newProcess() async throws {
    try await withMigratedDatabase { database in
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool))
      try await pool.query(
        "INSERT INTO tasks (type, payload, run_at) VALUES ('care_plan', '{}', now() - interval '1 hour')")
      // A claim alone finds what is a second old at most, which a busy machine may not keep.
      let recent = try await eventually { () -> [ClaimedTask]? in
        try await Self.fill(1, pool)
        let tasks = try await Self.claim(queue)
        return tasks.isEmpty ? nil : tasks
      }
      #expect(recent?.count == 1)
      try await queue.survey()
      #expect(try await !Self.claim(queue).isEmpty)
      #expect(try await Self.states(pool)["pending"] == nil)
    }
  }

  @Test("a backlog larger than many claims is taken in order, each task once")
  func backlog() async throws {
    try await withMigratedDatabase { database in
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool))
      try await Self.fill(1_000, pool)
      try await queue.survey()
      var seen: [TaskID] = []
      while case let tasks = try await Self.claim(queue, 70), !tasks.isEmpty { seen += tasks.map(\.id) }
      #expect(seen.count == 1_000 && Set(seen).count == 1_000)
    }
  }

  @Test("a claim writes its worker's lease only when it ends soon")
  func leaseIsNotWritten() async throws {
    try await withMigratedDatabase { database in
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool))
      func version() async throws -> String? {
        try await pool.query("SELECT ctid::text AS version FROM task_workers").rows.first?.get("version")
      }
      _ = try await Self.claim(queue)
      let first = try await version()
      for _ in 0..<5 { _ = try await Self.claim(queue) }
      #expect(try await version() == first && first != nil)
      try await pool.query("UPDATE task_workers SET lease_until = clock_timestamp() + interval '19 seconds'")
      _ = try await Self.claim(queue)
      let left = try await pool.query(
        "SELECT lease_until > clock_timestamp() + interval '25 seconds' AS is_long FROM task_workers")
      #expect(try left.rows.first?.get("is_long") == true)
    }
  }

  @Test("the tasks of a dead worker are put back in batches, and a row that is locked delays no other")
  func batches() async throws {
    try await withMigratedDatabase { database in
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool))
      try await Self.fill(1_200, pool, status: "running", worker: "dead")
      try await pool.query("INSERT INTO task_workers VALUES ('dead', clock_timestamp() - interval '1 second')")
      let (locked, lock) = AsyncStream.makeStream(of: Void.self)
      let (released, release) = AsyncStream.makeStream(of: Void.self)
      let holder = Task {
        try await pool.transaction { transaction in
          try await transaction.query("SELECT id FROM tasks LIMIT 1 FOR UPDATE")
          lock.yield()
          for await _ in released { return }
        }
      }
      for await _ in locked { break }
      #expect(try await queue.rescue(maximumLosses: 5) == 1_199)
      release.yield()
      try await holder.value
      #expect(try await queue.rescue(maximumLosses: 5) == 1)
      #expect(try await Self.states(pool) == ["pending": 1_200])
      let swept = try await pool.query("SELECT is_swept FROM task_workers WHERE worker = 'dead'").rows.first
      #expect(try swept?.get("is_swept") == true)
    }
  }

  @Test("a dead worker whose task is locked keeps no other dead worker from being looked after")
  func manyDead() async throws {
    try await withMigratedDatabase { database in
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool))
      for number in 10...40 {
        try await Self.fill(1, pool, status: "running", worker: "dead-\(number)")
        try await pool.query(
          "INSERT INTO task_workers VALUES ('dead-' || \(number)::bigint, clock_timestamp() - interval '1 second')")
      }
      try await pool.transaction { transaction in
        try await transaction.query("SELECT id FROM tasks WHERE worker = 'dead-10' FOR UPDATE")
        var count = 0
        for _ in 0..<2 { count += try await queue.rescue(maximumLosses: 5) }
        #expect(count == 30)
        let left = try await pool.query("SELECT worker FROM task_workers WHERE NOT is_swept").rows
        #expect(try left.map { try $0.get("worker", as: String.self) } == ["dead-10"])
      }
      #expect(try await queue.rescue(maximumLosses: 5) == 1)
    }
  }

  @Test("where no statement has the time for the whole queue, all of it is looked through in parts")
  func parts() async throws {
    try await withMigratedDatabase { database in
      let pool = try TestDatabase.pool(database.url, 4, patience: .milliseconds(200))
      defer { pool.close() }
      let queue = PostgresTaskQueue(pool: pool, sweepEvery: .zero, patience: .milliseconds(15))
      let owner = try TestDatabase.pool(database.url, 2, patience: .seconds(60))
      defer { owner.close() }
      // Beside an old transaction, the index has what was finished, too.
      try await owner.transaction(isolation: .repeatableRead) { old in
        try await old.query("SET LOCAL idle_in_transaction_session_timeout = 0")
        try await old.query("SELECT count(*) AS count FROM tasks")
        try await owner.query(
          """
          INSERT INTO tasks (type, payload, run_at)
          SELECT CASE WHEN n % 2 = 0 THEN 'care_plan' ELSE 'receipt_mail' END, '{}', now() - n * interval '1 ms'
          FROM generate_series(1, 300000) n
          """)
        try await owner.query(
          "UPDATE tasks SET status = 'completed', completed_at = now() WHERE type = 'receipt_mail'")
        try await owner.query(
          """
          UPDATE tasks SET status = 'running', worker = CASE WHEN status = 'pending' THEN 'dead' ELSE 'own' END,
            claims = 1, lease_until = now() + interval '15 minutes', completed_at = NULL
          WHERE id IN (SELECT id FROM tasks ORDER BY run_at LIMIT 40 OFFSET 299960)
            OR id IN (SELECT id FROM tasks ORDER BY run_at LIMIT 40)
          """)
        try await owner.query("INSERT INTO task_workers VALUES ('dead', now() - interval '1 minute')")
        let isRescued = await eventually {
          _ = try? await queue.rescue(maximumLosses: 5)
          let left = try? await owner.query(
            "SELECT 1 AS one WHERE EXISTS (SELECT FROM task_workers WHERE worker = 'dead' AND NOT is_swept)")
          return left?.rows.isEmpty == true ? true : nil
        }
        #expect(isRescued == true)
        let lost = try await owner.query("SELECT count(*) AS count FROM tasks WHERE error = 'worker_lost'").rows.first
        #expect(try lost?.get("count") == 40)
        let isBack = await eventually {
          _ = try? await queue.putBack(exceptInHand: [], worker: "own")
          let left = try? await owner.query("SELECT 1 AS one FROM tasks WHERE status = 'running' LIMIT 1")
          return left?.rows.isEmpty == true ? true : nil
        }
        #expect(isBack == true)
        let claimed = await eventually {
          try? await queue.survey()
          // With all other tests beside it, a claim may lack the time, too.
          let tasks = try? await Self.claim(queue, 100)
          return tasks?.contains { $0.type == .carePlan } == true ? tasks : nil
        }
        #expect(claimed != nil)
      }
    }
  }

  @Test("no statement of the queue keeps a plan, which may have been made while the table was empty")
  func noKeptPlan() async throws {
    try await withMigratedDatabase { database in
      let pool = try TestDatabase.pool(database.url, 1)
      defer { pool.close() }
      let queue = PostgresTaskQueue(pool: pool, sweepEvery: .zero)
      for _ in 0..<12 {
        try await Self.fill(1, pool)
        try await queue.survey()
        let tasks = try await Self.claim(queue)
        #expect(try await queue.held(tasks, worker: "a").claims == Set(tasks.map(\.claim)))
        #expect(try await queue.finish(tasks.map { TaskEnd($0, .completed) }, worker: "a").count == 1)
        _ = try await queue.rescue(maximumLosses: 5)
        _ = try await queue.putBack(exceptInHand: [], worker: "a")
      }
      let statements = try await pool.query(
        """
        SELECT statement, generic_plans, custom_plans FROM pg_prepared_statements
        WHERE statement ~ '(FROM|JOIN|UPDATE) tasks' AND statement !~ 'INSERT INTO tasks'
        """
      ).rows
      #expect(try statements.filter { try $0.get("custom_plans", as: Int.self) >= 12 }.count >= 5)
      for row in statements where try row.get("generic_plans", as: Int.self) > 0 {
        Issue.record("\(try row.get("statement", as: String.self))")
      }
    }
  }

  @Test("the functions of the order keep no plan either")
  func noKeptPlanOfOrder() async throws {
    try await withMigratedDatabase { database in
      let rows = try await database.pool.query(
        """
        SELECT proname FROM pg_proc WHERE proname IN ('tasks_order_join', 'tasks_order_release')
          AND proconfig @> ARRAY['plan_cache_mode=force_custom_plan', 'enable_seqscan=off']
        """
      ).rows
      #expect(rows.count == 2)
    }
  }

  @Test("a worker that comes back while its tasks are put back keeps what it claims then")
  func comesBack() async throws {
    try await withMigratedDatabase { database in
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool))
      try await Self.fill(600, pool, status: "running", worker: "a")
      try await pool.query("INSERT INTO task_workers VALUES ('a', clock_timestamp() - interval '1 second')")
      try await Self.fill(5, pool)
      let rescuer = Task { try await queue.rescue(maximumLosses: 5) }
      let mine = try await Self.claim(PostgresTaskQueue(pool: pool))
      _ = try await rescuer.value
      #expect(try await queue.held(mine, worker: "a").claims == Set(mine.map(\.claim)))
    }
  }

  @Test("a worker that claims again after its death is looked after again")
  func resurrected() async throws {
    try await withMigratedDatabase { database in
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool))
      for _ in 0..<2 {
        try await Self.fill(1, pool)
        try await queue.survey()
        #expect(try await Self.claim(queue).count >= 1)
        try await pool.query("UPDATE task_workers SET lease_until = clock_timestamp() - interval '1 second'")
        #expect(try await queue.rescue(maximumLosses: 50) >= 1)
        #expect(try await queue.rescue(maximumLosses: 50) == 0)
      }
    }
  }

  @Test("no task is left running without a lease, whatever became of its worker's row")
  func forgottenWorker() async throws {
    try await withMigratedDatabase { database in
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool, sweepEvery: .zero))
      try await Self.fill(2, pool)
      #expect(try await Self.claim(queue).count == 2)
      try await queue.leave(worker: "a")
      #expect(try await queue.rescue(maximumLosses: 5) == 0)
      try await pool.query("UPDATE tasks SET lease_until = lease_until - interval '16 minutes'")
      #expect(try await queue.rescue(maximumLosses: 5) == 2)
    }
  }

  @Test("the end of a task that something else has locked delays no other, and is written later")
  func lockedEnd() async throws {
    try await withMigratedDatabase { database in
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool))
      try await Self.fill(3, pool)
      let tasks = try await Self.claim(queue)
      let ends = tasks.map { TaskEnd($0, .completed) }
      let locked = try await pool.transaction { transaction in
        try await transaction.query("SELECT id FROM tasks WHERE id = \(tasks[1].id.uuid) FOR UPDATE")
        #expect(try await queue.finish(ends, worker: "a") == [tasks[0].claim, tasks[2].claim])
        return try await queue.held(tasks, worker: "a").claims
      }
      #expect(locked == [tasks[1].claim])
      #expect(try await queue.finish(ends, worker: "a") == [tasks[1].claim])
      #expect(try await Self.states(pool) == ["completed": 3])
    }
  }

  @Test("a type is paused and shown though its tasks cannot be counted")
  func uncounted() async throws {
    try await withMigratedDatabase { database in
      let pool = database.pool
      let types = PostgresTaskTypeAdministration(database: pool, patience: .milliseconds(100))
      let report = try await pool.transaction { transaction in
        try await transaction.query("LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE")
        return try await SteerTaskTypes(types: types)(.pause, "care_plan", reason: "a test", actor: "cli:test")
      }
      #expect(report.pause?.reason == "a test" && report.pending == nil && report.running == nil)
    }
  }

  @Test("a task of a lost claim that something else has locked delays no other, and is put back later")
  func lockedLoss() async throws {
    try await withMigratedDatabase { database in
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool))
      try await Self.fill(3, pool)
      let tasks = try await Self.claim(queue)
      try await pool.transaction { transaction in
        try await transaction.query("SELECT id FROM tasks WHERE id = \(tasks[1].id.uuid) FOR UPDATE")
        await #expect(throws: (any Error).self) { try await queue.putBack(exceptInHand: [], worker: "a") }
        #expect(try await Self.states(pool) == ["pending": 2, "running": 1])
      }
      #expect(try await queue.putBack(exceptInHand: [], worker: "a") == 1)
    }
  }

  @Test("kept steps end with a task that is cancelled while it waits, and that the release before completes")
  func stepsEnd() async throws {
    try await withMigratedDatabase { database in
      let pool = database.pool
      for _ in 0..<2 {
        try await pool.query("INSERT INTO tasks (type, payload, steps) VALUES ('care_plan', '{}', '{}')")
      }
      let row = try #require(try await pool.query("SELECT id FROM tasks LIMIT 1").rows.first)
      let id: UUID = try row.get("id")
      #expect(try await PostgresTaskAdministration(database: pool).cancel(TaskID(id)) != nil)
      try await pool.query("UPDATE tasks SET status = 'completed' WHERE status = 'pending'")
      #expect(try await pool.query("SELECT id FROM tasks WHERE steps IS NOT NULL").rows.isEmpty)
    }
  }

  @Test("a task that the release before claims waits for no callback any more")
  func awaitsNoMore() async throws {
    try await withMigratedDatabase { database in
      let pool = database.pool
      try await pool.query("INSERT INTO tasks (type, payload, awaits_callback) VALUES ('care_plan', '{}', true)")
      try await pool.query("UPDATE tasks SET status = 'running'")
      #expect(try await pool.query("SELECT id FROM tasks WHERE awaits_callback").rows.isEmpty)
    }
  }

  @Test("nothing is kept of a plan that was deleted while it was written")
  func deletedPlan() async throws {
    try await withMigratedDatabase { database in
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool))
      for key in ["care_plan:ses_1", "care_plan:ses_2"] {
        try await pool.query("INSERT INTO tasks (type, payload, unique_key) VALUES ('care_plan', '{}', \(key))")
      }
      try await pool.query(
        """
        INSERT INTO care_plan_work (session_id, user_id, deleted_at)
        VALUES ('ses_1', gen_random_uuid(), clock_timestamp())
        """)
      let store = PostgresTaskStepStore(database: pool)
      var kept: [Bool] = []
      for task in try await Self.claim(queue) { kept.append(try await store.keep("1", as: "one", of: task.claim)) }
      #expect(kept.count == 2 && kept.filter { $0 }.count == 1)
      let key = try await pool.query("SELECT unique_key FROM tasks WHERE steps IS NOT NULL").rows.first
      #expect(try key?.get("unique_key") == "care_plan:ses_2")
    }
  }

  @Test("a sweep lets the next task of a key begin whose first one has gone without a trigger")
  func stuckKey() async throws {
    try await withMigratedDatabase { database in
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool, sweepEvery: .zero))
      for key in ["a", "a", "b", "b"] {
        try await pool.query("INSERT INTO tasks (type, payload, ordering_key) VALUES ('care_plan', '{}', \(key))")
      }
      try await pool.query("UPDATE tasks SET ordering_key = NULL WHERE ordering_key = 'a' AND NOT is_behind")
      #expect(try await Self.claim(queue).count == 2)
      #expect(try await queue.rescue(maximumLosses: 5) == 0)
      try await queue.survey()
      #expect(try await Self.claim(queue).count == 1)
      let behind = try await pool.query("SELECT ordering_key FROM tasks WHERE is_behind").rows.first
      #expect(try behind?.get("ordering_key") == "b")
    }
  }

  @Test("the end of a task whose ordering key something else has locked delays no other, and is written later")
  func lockedKey() async throws {
    try await withMigratedDatabase { database in
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool))
      try await Self.fill(1, pool)
      for key in ["a", "b"] {
        try await pool.query("INSERT INTO tasks (type, payload, ordering_key) VALUES ('care_plan', '{}', \(key))")
      }
      let tasks = try await Self.claim(queue)
      let row = try #require(try await pool.query("SELECT id FROM tasks WHERE ordering_key = 'a'").rows.first)
      let id: UUID = try row.get("id")
      let first = try #require(tasks.first { $0.id.uuid == id })
      let ends = tasks.map { TaskEnd($0, .completed) }
      let others = Set(tasks.map(\.claim)).subtracting([first.claim])
      try await pool.transaction { transaction in
        try await transaction.query("INSERT INTO tasks (type, payload, ordering_key) VALUES ('care_plan', '{}', 'a')")
        #expect(try await queue.finish(ends, worker: "a") == others)
      }
      #expect(try await queue.finish(ends, worker: "a") == [first.claim])
      #expect(try await Self.states(pool) == ["completed": 3, "pending": 1])
    }
  }

  @Test("an end that the database refuses keeps no other from being written")
  func refusedEnd() async throws {
    try await withMigratedDatabase { database in
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool))
      try await Self.fill(3, pool)
      let tasks = try await Self.claim(queue)
      let ends = [
        TaskEnd(tasks[0], .completed),
        TaskEnd(tasks[1], .again(after: .seconds(100_000_000_000_000), code: nil, counts: true)),
        TaskEnd(tasks[2], .completed),
      ]
      #expect(try await queue.finish(ends, worker: "a") == Set(tasks.map(\.claim)))
      #expect(try await Self.states(pool) == ["completed": 2, "failed": 1])
      let error = try await pool.query("SELECT error FROM tasks WHERE status = 'failed'").rows.first
      #expect(try error?.get("error") == "end_refused")
    }
  }

  @Test(
    "a claim changes its row within the page and writes no index entry, also where a limit or an ordering key applies",
    arguments: [false, true])
  func noIndexEntry(isSteered: Bool) async throws {
    try await withMigratedDatabase { database in
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool))
      if isSteered {
        try await pool.query("INSERT INTO task_types (type, most_running) VALUES ('care_plan', 100)")
        try await pool.query(
          "INSERT INTO tasks (type, payload, ordering_key) SELECT 'care_plan', '{}', n FROM generate_series(1, 200) n")
      } else {
        try await Self.fill(200, pool)
      }
      #expect(try await Self.claim(queue, 100).count == 100)
      // The statistics of a session are written when it is idle.
      let counts = try await eventually {
        let row = try await pool.query(
          "SELECT n_tup_upd AS all, n_tup_hot_upd AS hot FROM pg_stat_user_tables WHERE relname = 'tasks'"
        ).rows.first
        let (all, hot) = (try row?.get("all", as: Int.self) ?? 0, try row?.get("hot", as: Int.self) ?? 0)
        return all >= 100 ? [all, hot] : nil
      }
      #expect(counts == [100, 100])
    }
  }
}
