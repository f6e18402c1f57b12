import Application
import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

/// The ends of tasks, and what is told and forgotten with them.
extension PostgresTaskQueueTests {
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

  @Test("a task that an operator has stopped is not told as a failure")
  func toldOfNoCancellation() async throws {
    try await withMigratedDatabase { database in
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool))
      try await Self.fill(2, pool)
      try await queue.survey()
      let tasks = try await Self.claim(queue)
      try #require(tasks.count == 2)
      #expect(try await PostgresTaskAdministration(database: pool).cancel(tasks[0].id)?.state == .running)
      let ends = tasks.map { TaskEnd($0, .failed(code: "broken")) }
      #expect(try await queue.finish(ends, worker: "a").count == 2)
      #expect(try await Self.told(pool).map(\.taskID) == [tasks[1].id.description])
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
        // After so many losses it waits.
        try await pool.query("UPDATE tasks SET run_at = clock_timestamp() WHERE status = 'pending'")
        try await queue.survey()
        _ = try await Self.claim(queue)
      }
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

  @Test("where ends of tasks with ordering keys cannot be written, those of the others are told as written")
  func orderedFails() async throws {
    try await withMigratedDatabase { database in
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool))
      try await Self.fill(2, pool)
      try await pool.query("INSERT INTO tasks (type, payload, ordering_key) VALUES ('care_plan', '{}', 'a')")
      try await queue.survey()
      let tasks = try await Self.claim(queue)
      let row = try #require(try await pool.query("SELECT id FROM tasks WHERE ordering_key = 'a'").rows.first)
      let id: UUID = try row.get("id")
      let ends = tasks.map { TaskEnd($0, .completed) }
      let ordered = ends.filter { $0.task.id.uuid == id }
      try #require(ends.count == 3 && ordered.count == 1)
      try await pool.query(
        PostgresQuery(
          script: """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$;
            CREATE TRIGGER refuse BEFORE UPDATE ON tasks FOR EACH ROW
              WHEN (NEW.ordering_key IS NOT NULL AND NEW.status = 'completed') EXECUTE FUNCTION refuse()
            """))
      let written = Set(tasks.map(\.claim)).subtracting(ordered.map(\.task.claim))
      #expect(try await queue.finish(ends, worker: "a") == written)
      await #expect(throws: (any Error).self) { try await queue.finish(ordered, worker: "a") }
      try await pool.query("DROP TRIGGER refuse ON tasks")
      #expect(try await queue.finish(ordered, worker: "a").count == 1)
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
}
