import Application
import Domain
import Foundation
import PostgresDriver
import TestInfrastructure
import Testing

@testable import PostgresAdapter

/// What a claim costs must not depend on what the table was like when its plan was made, or on who else reads it.
@Suite("The cost of a claim", .serialized)
struct TaskClaimCostTests {
  /// Runs the body on one connection, so that the counts are those of its statements.
  private func withQueue(_ body: @Sendable (PostgresPool, PostgresTaskQueue) async throws -> Void) async throws {
    try await withMigratedDatabase(connections: 1) { database in
      try await body(database.pool, PostgresTaskQueue(pool: database.pool))
    }
  }

  @Test("a claim whose plan was made on an empty table scans no table of 40,000 tasks")
  func planOfEmptyTable() async throws {
    try await withQueue { pool, queue in
      try await pool.query(PostgresQuery(script: "VACUUM (ANALYZE) tasks"))
      // After some executions the server keeps one plan for a prepared statement.
      for _ in 0..<12 {
        try await queue.survey()
        #expect(try await queue.claim(limit: 10, worker: "a", lease: .seconds(30)).isEmpty)
      }
      try await pool.insertDueTasks(40_000)
      let before = try await pool.taskScans()
      try await queue.survey()
      for _ in 0..<5 { #expect(try await queue.claim(limit: 10, worker: "a", lease: .seconds(30)).count == 10) }
      #expect(try await pool.taskScans() == before)
    }
  }

  @Test(
    "claims and ends read the entries of their tasks alone, whatever the table held when its statistics were made",
    arguments: ["pending", "running", "completed"])
  func statistics(status: String) async throws {
    try await withQueue { pool, queue in
      try await pool.makeTaskStatistics(status: status)
      try await pool.query("UPDATE tasks SET status = 'pending', worker = NULL, claims = 0")
      try await queue.survey()
      let before = try await pool.taskEntriesRead()
      for _ in 0..<5 {
        let claimed = try await queue.claim(limit: 100, worker: "a", lease: .seconds(30))
        #expect(claimed.count == 100)
        #expect(try await queue.held(claimed, worker: "a").claims.count == 100)
        #expect(try await queue.finish(claimed.map { TaskEnd($0, .completed) }, worker: "a").count == 100)
      }
      let read = try await pool.taskEntriesRead() - before
      #expect(read < 500 * 10, "\(read) entries for 500 tasks")
    }
  }

  @Test(
    "claims and ends use the index of due tasks and that of ids, whatever the table held when its statistics were made",
    arguments: ["pending", "running", "completed", nil])
  func indexes(status: String?) async throws {
    try await withQueue { pool, queue in
      // Nil for a queue through which many tasks have gone, and in which nothing waits.
      if let status {
        try await pool.makeTaskStatistics(status: status)
        try await pool.query("TRUNCATE tasks")
      } else {
        try await work(queue, through: 20_000, pool)
        try await pool.query(PostgresQuery(script: "ANALYZE tasks"))
      }
      // Of one time, as an outage leaves them.
      try await pool.insertDueTasks(20_000)
      try await queue.survey()
      let before = try await pool.otherTaskIndexScans()
      for _ in 0..<5 {
        let claimed = try await queue.claim(limit: 1_000, worker: "a", lease: .seconds(30))
        #expect(claimed.count == 1_000)
        #expect(try await queue.finish(claimed.map { TaskEnd($0, .completed) }, worker: "a").count == 1_000)
      }
      #expect(try await pool.otherTaskIndexScans() == before)
    }
  }

  @Test(
    "the upkeep reads the entries of unfinished tasks alone, whatever the table held when its statistics were made",
    arguments: ["pending", "running", "completed"])
  func statisticsOfUpkeep(status: String) async throws {
    try await withQueue { pool, queue in
      try await pool.makeTaskStatistics(status: status)
      // The statistics of the columns stay.
      try await pool.query("TRUNCATE tasks")
      try await pool.query(
        """
        INSERT INTO tasks (type, payload, status, is_open, completed_at)
        SELECT 'care_plan', '{}', 'completed', false, now() FROM generate_series(1, 20000)
        """)
      try await pool.insertDueTasks(300)
      try await queue.survey()
      #expect(try await queue.claim(limit: 100, worker: "dead", lease: .seconds(30)).count == 100)
      try await pool.query("UPDATE task_workers SET lease_until = now() - interval '1 second'")
      let before = try await pool.taskEntriesRead()
      #expect(try await queue.rescue(maximumLosses: 10) == 100)
      #expect(try await queue.claim(limit: 100, worker: "a", lease: .seconds(30)).count == 100)
      #expect(try await queue.putBack(exceptInHand: [], worker: "a") == 100)
      // Each statement that looks through the queue reads the entries of the 300, and of versions that are gone.
      let read = try await pool.taskEntriesRead() - before
      #expect(read < 10_000, "\(read) entries for 200 tasks")
    }
  }

  @Test("no statement of a claim is compiled, though a scan that is off counts as expensive")
  func notCompiled() async throws {
    try await withMigratedDatabase(connections: 1) { database in
      let pool = database.pool
      try await pool.query("SET jit = on")
      try await pool.transaction(settings: PostgresTaskQueue.byIndex) { claim in
        let plan = try await claim.query(PostgresQuery(script: "EXPLAIN (ANALYZE) SELECT * FROM task_types"))
        let lines = try plan.rows.map { try $0.get("QUERY PLAN", as: String.self) }
        #expect(!lines.isEmpty && !lines.contains { $0.contains("JIT") }, "\(lines)")
      }
    }
  }

  @Test("claims beside a transaction that stays open read no more of table and index than the first ones")
  func oldTransaction() async throws {
    // One connection, so that the counts are those of the claims.
    try await withMigratedDatabase(connections: 1) { database in
      let reader = try TestDatabase.pool(database.url, 1)
      defer { reader.close() }
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool))
      try await pool.insertDueTasks(12_000)
      try await queue.survey()
      let first = try await cost(of: queue, pool)
      try await reader.transaction(isolation: .repeatableRead) { old in
        // The server otherwise ends an idle session of a pool after 30 s.
        try await old.query("SET LOCAL idle_in_transaction_session_timeout = 0")
        try await old.query("SELECT count(*) AS count FROM tasks")
        for _ in 0..<100 {
          let claimed = try await queue.claim(limit: 100, worker: "a", lease: .seconds(30))
          _ = try await queue.finish(claimed.map { TaskEnd($0, .completed) }, worker: "a")
        }
        // Ten thousand entries of finished tasks lie before the next one.
        let last = try await cost(of: queue, pool)
        #expect(last < first + 50, "\(first) blocks at first, \(last) at last")
      }
    }
  }

  /// Inserts so many tasks and works through them, a thousand at once.
  private func work(_ queue: PostgresTaskQueue, through count: Int, _ pool: PostgresPool) async throws {
    try await pool.insertDueTasks(count)
    try await queue.survey()
    for _ in 0..<(count / 1_000) {
      let claimed = try await queue.claim(limit: 1_000, worker: "a", lease: .seconds(30))
      _ = try await queue.finish(claimed.map { TaskEnd($0, .completed) }, worker: "a")
    }
  }

  /// The blocks of the table and of the index that ten claims read.
  private func cost(of queue: PostgresTaskQueue, _ pool: PostgresPool) async throws -> Int {
    let before = try await pool.dueTaskBlocksRead()
    for _ in 0..<10 { #expect(try await queue.claim(limit: 1, worker: "a", lease: .seconds(30)).count == 1) }
    return try await pool.dueTaskBlocksRead() - before
  }
}
