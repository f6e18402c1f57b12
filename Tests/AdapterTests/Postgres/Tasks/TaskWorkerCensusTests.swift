import Application
import Domain
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("The running workers of the task service", .serialized)
struct TaskWorkerCensusTests {
  @Test("a worker is current by what it reads; one of the release before does not say it; a dead one does not count")
  func counts() async throws {
    try await withMigratedDatabase { database in
      let census = PostgresTaskWorkerCensus(database: database.pool)
      func workers(_ level: Int = TaskVocabulary.level) async throws -> RunningTaskWorkers {
        try await census.workers(reading: level)
      }
      #expect(try await workers() == RunningTaskWorkers(current: 0, older: 0))
      let queue = PostgresTaskQueue(pool: database.pool)
      try await queue.extend(worker: "extended", lease: .seconds(30))
      _ = try await queue.claim(limit: 1, worker: "claimed", lease: .seconds(30))
      #expect(try await workers() == RunningTaskWorkers(current: 2, older: 0))
      // As the release before writes its row.
      try await database.pool.query(
        "INSERT INTO task_workers (worker, lease_until) VALUES ('old', clock_timestamp() + interval '30 seconds')")
      #expect(try await workers() == RunningTaskWorkers(current: 2, older: 1))
      #expect(try await workers(TaskVocabulary.level + 1) == RunningTaskWorkers(current: 0, older: 3))
      try await database.pool.query("UPDATE task_workers SET lease_until = clock_timestamp() WHERE worker = 'old'")
      #expect(try await workers() == RunningTaskWorkers(current: 2, older: 0))
    }
  }

  @Test("the other services' roles read what a worker reads, and not its name")
  func roles() async throws {
    try await RoleDatabase.with { roles async throws in
      try await PostgresTaskQueue(pool: roles[.task]).extend(worker: "w", lease: .seconds(30))
      for role in ServiceRole.allCases where role != .task {
        let found = try await PostgresTaskWorkerCensus(database: roles[role]).workers(reading: TaskVocabulary.level)
        #expect(found == RunningTaskWorkers(current: 1, older: 0))
        #expect(try await roles[role].refuses("SELECT worker FROM task_workers"))
        #expect(try await roles[role].refuses("UPDATE task_workers SET vocabulary = 9"))
      }
    }
  }
}
