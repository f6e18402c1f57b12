import Foundation
import PostgresDriver
import TestInfrastructure
import Testing

@Suite("When a connection is lost", .serialized)
struct LostConnectionTests {
  private func backend(_ session: any PostgresStatementRunner) async throws -> Int {
    try #require(try await session.query("SELECT pg_backend_pid() AS pid").rows.first).get("pid")
  }

  private func terminate(_ backend: Int, by owner: PostgresPool) async throws {
    let ended = try await owner.query("SELECT pg_terminate_backend(\(backend)::int, 5000) AS ended").rows.first
    #expect(try ended?.get("ended", as: Bool.self) == true)
  }

  @Test("a statement that is running fails as unavailable, and the pool connects again")
  func underWay() async throws {
    try await TestDatabase.with(connections: 1) { database in
      let owner = try TestDatabase.pool(database.url, 1)
      defer { owner.close() }
      let before = try await backend(database.pool)
      let sleeping = Task { try await database.pool.query("SELECT pg_sleep(\(4.0))") }
      #expect(try await owner.isActive(before))
      try await terminate(before, by: owner)
      let result = await sleeping.result
      let error = #expect(throws: PostgresError.self) { try result.get() }
      #expect(error?.isUnavailable == true)
      let after = await eventually { try? await backend(database.pool) }
      #expect(after != nil && after != before)
    }
  }

  @Test("an idle connection that was ended is replaced")
  func idle() async throws {
    try await TestDatabase.with(connections: 1) { database in
      let owner = try TestDatabase.pool(database.url, 1)
      defer { owner.close() }
      let before = try await backend(database.pool)
      try await terminate(before, by: owner)
      // A statement that is sent before the loss is noticed may fail, because it is unknown whether it ran.
      let after = await eventually { try? await backend(database.pool) }
      #expect(after != nil && after != before)
    }
  }

  @Test("a transaction whose connection is lost is neither committed nor retried automatically")
  func transaction() async throws {
    try await TestDatabase.with(connections: 1) { database in
      let owner = try TestDatabase.pool(database.url, 1)
      defer { owner.close() }
      try await owner.query("CREATE TABLE marks (n int)")
      let rounds = Rounds()
      let error = await #expect(throws: PostgresError.self) {
        try await database.pool.transaction { transaction in
          await rounds.begin()
          try await transaction.query("INSERT INTO marks VALUES (1)")
          try await terminate(try await backend(transaction), by: owner)
          try await transaction.query("INSERT INTO marks VALUES (2)")
        }
      }
      #expect(error?.isUnavailable == true)
      #expect(await rounds.count == 1)
      #expect(try await owner.query("SELECT n FROM marks").rows.isEmpty)
      #expect(await eventually { try? await backend(database.pool) } != nil)
    }
  }

  @Test("two transactions in a deadlock both succeed, since one is retried")
  func deadlock() async throws {
    try await TestDatabase.with(connections: 2) { database in
      try await database.pool.query("CREATE TABLE pairs (id int PRIMARY KEY, n int)")
      try await database.pool.query("INSERT INTO pairs VALUES (1, 0), (2, 0)")
      let rounds = Rounds()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (first, second) in [(1, 2), (2, 1)] {
          group.addTask {
            try await database.pool.transaction { transaction in
              await rounds.begin()
              try await transaction.query("UPDATE pairs SET n = n + 1 WHERE id = \(first)")
              // Both transactions hold their first row before either requests its second.
              await rounds.meet()
              try await transaction.query("UPDATE pairs SET n = n + 1 WHERE id = \(second)")
            }
          }
        }
        try await group.waitForAll()
      }
      // Postgres lets the repeated transaction take its first row before the one that waits for that row has woken. They
      // then meet in one more deadlock, so that there may be more rounds than three.
      #expect(await rounds.count >= 3)
      let rows = try await database.pool.query("SELECT n FROM pairs").rows
      #expect(try rows.map { try $0.get("n", as: Int.self) } == [2, 2])
    }
  }
}

/// Counts how often bodies began, and lets the first two wait for each other.
private actor Rounds {
  private(set) var count = 0
  private var arrived = 0
  private var waiting: CheckedContinuation<Void, Never>?

  func begin() { count += 1 }

  func meet() async {
    arrived += 1
    if arrived == 1 { await withCheckedContinuation { waiting = $0 } }
    waiting?.resume()
    waiting = nil
  }
}
