import Logging
import PostgresDriver
import Synchronization
import TestInfrastructure
import Testing

@Suite("The use of a pool")
struct PoolUseTests {
  private func becomes(_ pool: PostgresPool, open: Int, inUse: Int, waiting: Int) async -> Bool {
    await eventually {
      let use = pool.use
      return use.open == open && use.inUse == inUse && use.waiting == waiting ? true : nil
    } ?? false
  }

  @Test("a transaction is in use, and who waits for its connection is counted until it is given back")
  func counted() async throws {
    try await TestDatabase.with(connections: 1) { database in
      let pool = database.pool
      #expect(await becomes(pool, open: 0, inUse: 0, waiting: 0))
      let late = try await pool.transaction { transaction in
        try await transaction.query("SELECT 1")
        let late = Task { try await pool.query("SELECT 2") }
        #expect(await becomes(pool, open: 1, inUse: 1, waiting: 1))
        return late
      }
      _ = try await late.value
      #expect(await becomes(pool, open: 1, inUse: 0, waiting: 0))
    }
  }

  @Test("the time of each statement is told, in a transaction and of one that fails, too")
  func durations() async throws {
    try await TestDatabase.with { database in
      let told = DurationList()
      var configuration = PostgresConfiguration(url: database.url, applicationName: "tests", maximumConnections: 1)
      configuration.onDuration = { told.add($0) }
      let pool = try PostgresPool(configuration: configuration, logger: Logger(label: "tests"))
      defer { pool.close() }
      try await pool.query("SELECT pg_sleep(0.05)")
      _ = try await pool.transaction { try await $0.query("SELECT 1") }
      await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1 / 0") }
      // BEGIN and COMMIT are statements, too.
      #expect(told.all.count == 5)
      #expect(told.all[0] >= .milliseconds(50) && told.all.allSatisfy { $0 > .zero })
    }
  }

  private final class DurationList: Sendable {
    private let durations = Mutex<[Duration]>([])
    var all: [Duration] { durations.withLock { $0 } }
    func add(_ duration: Duration) { durations.withLock { $0.append(duration) } }
  }
}
