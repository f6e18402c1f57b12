import Application
import Domain
import Foundation
import Logging
import PostgresAdapter
import PostgresDriver
import TestInfrastructure
import Testing

/// What dead workers and lost answers leave behind.
extension PostgresTaskQueueTests {
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

  @Test("a task of an unanswered claim that something else has locked delays no other, and is put back later")
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

  @Test("a claim without a connection, or that a statement has ended, was certainly not made")
  func notMade() async throws {
    try await withMigratedDatabase { database in
      let pool = try PostgresPool(
        configuration: PostgresConfiguration(
          url: database.url, applicationName: "tests", maximumConnections: 1, acquireTimeout: .seconds(2)),
        logger: Logger(label: "tests"))
      defer { pool.close() }
      let queue = PostgresTaskQueue(pool: pool)
      try await Self.fill(1, database.pool)
      try await pool.transaction { only in
        try await only.query("SELECT 1 AS one")
        await #expect(throws: TaskClaimNotMade.self) { try await Self.claim(queue) }
      }
      try await database.pool.query("ALTER TABLE task_types RENAME TO task_types_away")
      await #expect(throws: TaskClaimNotMade.self) { try await Self.claim(queue) }
      try await database.pool.query("ALTER TABLE task_types_away RENAME TO task_types")
      try await queue.survey()
      #expect(try await Self.claim(queue).count == 1)
    }
  }

  @Test("a claim whose COMMIT has no good answer may have been made")
  func perhapsMade() async throws {
    try await withMigratedDatabase { database in
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool))
      try await pool.query(
        PostgresQuery(
          script: """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
              $$ BEGIN RAISE EXCEPTION 'refused at the end'; END $$;
            CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON tasks DEFERRABLE INITIALLY DEFERRED
              FOR EACH ROW EXECUTE FUNCTION refuse()
            """))
      try await Self.fill(1, pool)
      try await queue.survey()
      let error = await #expect(throws: (any Error).self) { try await Self.claim(queue) }
      #expect(error != nil && !(error is TaskClaimNotMade))
    }
  }

  @Test("a lost task whose ordering key something else has locked delays no other, and is put back later")
  func lockedKeyOfLoss() async throws {
    try await withMigratedDatabase { database in
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool))
      for isDead in [true, false] {
        try await pool.query("DELETE FROM tasks")
        try await Self.fill(1, pool)
        try await pool.query("INSERT INTO tasks (type, payload, ordering_key) VALUES ('care_plan', '{}', 'a')")
        try await queue.survey()
        #expect(try await Self.claim(queue).count == 2)
        // An operator has asked for the end of both.
        try await pool.query("UPDATE tasks SET cancel_asked = true")
        if isDead {
          try await pool.query("UPDATE task_workers SET lease_until = clock_timestamp() - interval '1 second'")
        }
        try await pool.transaction { transaction in
          try await transaction.query("SELECT pg_advisory_xact_lock(hashtextextended('task order:a', 0))")
          if isDead {
            #expect(try await queue.rescue(maximumLosses: 5) == 1)
          } else {
            await #expect(throws: (any Error).self) { try await queue.putBack(exceptInHand: [], worker: "a") }
          }
          #expect(try await Self.states(pool) == ["cancelled": 1, "running": 1])
        }
        let count =
          try await isDead ? queue.rescue(maximumLosses: 5) : queue.putBack(exceptInHand: [], worker: "a")
        #expect(count == 1)
      }
    }
  }
}
