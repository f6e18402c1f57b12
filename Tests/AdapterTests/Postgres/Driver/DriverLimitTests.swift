import Foundation
import Logging
import PostgresDriver
import TestInfrastructure
import Testing

@Suite("The limits of the Postgres driver", .serialized)
struct DriverLimitTests {
  private func withPool(
    _ change: @Sendable (inout PostgresConfiguration) -> Void,
    _ body: @Sendable (PostgresPool, TestDatabase) async throws -> Void
  ) async throws {
    try await TestDatabase.with(connections: 2) { database in
      var configuration = PostgresConfiguration(url: database.url, applicationName: "tests", maximumConnections: 1)
      change(&configuration)
      let pool = try PostgresPool(configuration: configuration, logger: Logger(label: "tests"))
      defer { pool.close() }
      try await body(pool, database)
    }
  }

  private func backend(_ pool: PostgresPool) async throws -> Int {
    try #require(try await pool.query("SELECT pg_backend_pid() AS pid").rows.first).get("pid")
  }

  @Test("the server ends a statement that takes too long, and the connection goes on", arguments: [true, false])
  func statementTimeout(prepared: Bool) async throws {
    try await withPool {
      $0.statementTimeout = .milliseconds(300)
      $0.preparedStatements = prepared
    } _: { pool, _ in
      let before = try await backend(pool)
      let error = await #expect(throws: PostgresError.self) {
        // Behind a transaction pooler the limit is set for each transaction.
        try await pool.transaction { try await $0.query("SELECT pg_sleep(\(20.0))") }
      }
      #expect(error?.kind == .timeout)
      #expect(try await backend(pool) == before)
    }
  }

  @Test("if the server does not end a statement, the driver gives it up a little later and closes the connection")
  func ownTimeout() async throws {
    try await withPool {
      $0.statementTimeout = .milliseconds(100)
      $0.preparedStatements = false
    } _: { pool, _ in
      let before = try await backend(pool)
      let error = await #expect(throws: PostgresError.self) { try await pool.query("SELECT pg_sleep(\(20.0))") }
      #expect(error?.kind == .timeout)
      #expect(try await backend(pool) != before)
    }
  }

  @Test("a caller that finds every connection busy waits no longer than the limit")
  func exhausted() async throws {
    try await withPool {
      // Long enough to connect on a busy machine.
      $0.acquireTimeout = .seconds(3)
    } _: { pool, _ in
      try await pool.transaction { transaction in
        try await transaction.query("SELECT 1")
        let start = ContinuousClock.now
        let error = await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") }
        let waited = ContinuousClock.now - start
        #expect(error?.kind == .poolExhausted && error?.isUnavailable == true)
        // The connection is still in use: so the limit ended the wait, and not a connection that became free.
        #expect(waited >= .seconds(3))
      }
      #expect(try await backend(pool) > 0)
    }
  }

  @Test("callers beyond the limit of waiting ones are refused at once")
  func crowded() async throws {
    try await withPool {
      $0.maximumWaiters = 3
      $0.acquireTimeout = .seconds(60)
    } _: { pool, _ in
      let refused = try await pool.transaction { transaction in
        try await transaction.query("SELECT 1")
        return try await withThrowingTaskGroup(of: PostgresError?.self) { group in
          for _ in 0..<5 {
            group.addTask {
              do throws(PostgresError) {
                try await pool.query("SELECT 1")
                return nil
              } catch { return error }
            }
          }
          var errors: [PostgresError] = []
          while errors.count < 2, let next = try await group.next() { if let next { errors.append(next) } }
          group.cancelAll()
          return errors
        }
      }
      #expect(refused.map(\.kind) == [.poolExhausted, .poolExhausted])
    }
  }

  @Test("a cancelled wait for a connection ends with an error, and takes no connection")
  func cancelledWaiter() async throws {
    try await withPool {
      $0.acquireTimeout = .seconds(60)
    } _: { pool, _ in
      try await pool.transaction { transaction in
        try await transaction.query("SELECT 1")
        // The task runs immediately, so that it waits for the connection before it is cancelled.
        let waiting = Task.immediate { try await pool.query("SELECT 1") }
        waiting.cancel()
        let result = await waiting.result
        let error = #expect(throws: PostgresError.self) { try result.get() }
        #expect(error?.kind == .cancelled)
      }
      #expect(try await backend(pool) > 0)
    }
  }

  @Test("a connection whose statement was cancelled is not used again")
  func retired() async throws {
    try await withPool { _ in
    } _: { pool, database in
      let before = try await backend(pool)
      let sleeping = Task { try await pool.query("SELECT pg_sleep(\(20.0))") }
      #expect(try await database.pool.isActive(before))
      sleeping.cancel()
      let result = await sleeping.result
      let error = #expect(throws: PostgresError.self) { try result.get() }
      #expect(error?.kind == .cancelled)
      #expect(try await backend(pool) != before)
    }
  }
}

extension PostgresPool {
  /// Waits until another backend is in the middle of a statement.
  func isActive(_ backend: Int) async throws -> Bool {
    let found = try await eventually {
      try await query("SELECT 1 AS one FROM pg_stat_activity WHERE pid = \(backend) AND state = 'active'")
        .rows.first.map { _ in true }
    }
    return found == true
  }
}
