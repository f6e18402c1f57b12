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
  static func fill(_ count: Int, _ pool: PostgresPool, status: String = "pending", worker: String? = nil)
    async throws
  {
    try await pool.query(
      """
      INSERT INTO tasks (type, payload, status, worker, attempts, claims, lease_until)
      SELECT 'care_plan', '{}', \(status), \(worker), 1, 1, clock_timestamp() + interval '15 minutes'
      FROM generate_series(1, \(count))
      """)
  }

  static func states(_ pool: PostgresPool) async throws -> [String: Int] {
    let rows = try await pool.query("SELECT status, count(*) AS count FROM tasks GROUP BY status").rows
    return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.get("status"), try $0.get("count", as: Int.self)) })
  }

  static func claim(_ queue: PostgresTaskQueue, _ limit: Int = 10) async throws -> [ClaimedTask] {
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

  @Test("the functions of the triggers and of the order keep no plan either")
  func noKeptPlanOfFunctions() async throws {
    try await withMigratedDatabase { database in
      let rows = try await database.pool.query(
        """
        SELECT proname FROM pg_proc
        WHERE proname IN ('tasks_before_insert', 'tasks_before_update', 'tasks_order_release')
          AND proconfig @> ARRAY['plan_cache_mode=force_custom_plan', 'enable_seqscan=off']
        """
      ).rows
      #expect(rows.count == 3)
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
