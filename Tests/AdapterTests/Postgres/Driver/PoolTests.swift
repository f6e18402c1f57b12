import Foundation
import PostgresDriver
import TestInfrastructure
import Testing

@Suite("The Postgres driver")
struct PoolTests {
  @Test("values of every type survive writing and reading")
  func types() async throws {
    try await TestDatabase.with { database in
      let id = UUID()
      let moment = Date(timeIntervalSince1970: 1_795_521_600.123)
      let none: String? = nil
      let row = try #require(
        try await database.pool.query(
          """
          SELECT \("é'\"; DROP") AS text, \(Int64.max) AS big, \(true) AS flag, \(id) AS id, \(moment) AS moment,
            \([UInt8]([0, 1, 255])) AS bytes, \(none) AS nothing, \(1.5) AS half, \(["a", "b,\"c"]) AS list
          """
        ).rows.first)
      #expect(try row.get("text", as: String.self) == "é'\"; DROP")
      #expect(try row.get("big", as: Int64.self) == .max)
      #expect(try row.get("flag", as: Bool.self))
      #expect(try row.get("id", as: UUID.self) == id)
      #expect(abs(try row.get("moment", as: Date.self).timeIntervalSince(moment)) < 0.001)
      #expect(try row.get("bytes", as: [UInt8].self) == [0, 1, 255])
      #expect(try row.get("nothing", as: String?.self) == nil)
      #expect(try row.get("half", as: Double.self) == 1.5)
      #expect(try row.get("list", as: [String].self) == ["a", "b,\"c"])
      #expect(throws: PostgresError.self) { try row.get("text", as: Int.self) }
    }
  }

  @Test("a transaction whose body throws is rolled back, and one that commits is kept")
  func transactions() async throws {
    struct Stop: Error {}
    try await TestDatabase.with { database in
      try await database.pool.query("CREATE TABLE marks (n int PRIMARY KEY)")
      await #expect(throws: Stop.self) {
        try await database.pool.transaction { transaction in
          try await transaction.query("INSERT INTO marks VALUES (1)")
          throw Stop()
        }
      }
      _ = try await database.pool.transaction { try await $0.query("INSERT INTO marks VALUES (2)") }
      let rows = try await database.pool.query("SELECT n FROM marks").rows
      #expect(try rows.map { try $0.get("n", as: Int.self) } == [2])
      let error = await #expect(throws: PostgresError.self) {
        try await database.pool.query("INSERT INTO marks VALUES (2)")
      }
      #expect(error?.uniqueViolation == "marks_pkey")
    }
  }

  @Test("a transaction is retried after a serialization failure")
  func serialization() async throws {
    try await TestDatabase.with { database in
      try await database.pool.query("CREATE TABLE counter (n int)")
      try await database.pool.query("INSERT INTO counter VALUES (0)")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<2 {
          group.addTask {
            for _ in 0..<10 {
              try await database.pool.transaction(isolation: .serializable) { transaction in
                let row = try await transaction.query("SELECT n FROM counter").rows.first
                let n: Int = try row?.get("n") ?? -1
                try await transaction.query("UPDATE counter SET n = \(n + 1)")
              }
            }
          }
        }
        try await group.waitForAll()
      }
      let row = try #require(try await database.pool.query("SELECT n FROM counter").rows.first)
      #expect(try row.get("n", as: Int.self) == 20)
    }
  }

  @Test("the pool serves more callers than it has connections")
  func waiting() async throws {
    try await TestDatabase.with(connections: 2) { database in
      let sum = try await withThrowingTaskGroup(of: Int.self) { group in
        for n in 1...200 {
          group.addTask { try await database.pool.query("SELECT \(n) AS n").rows.first?.get("n") ?? 0 }
        }
        return try await group.reduce(0, +)
      }
      #expect(sum == 20_100)
    }
  }

  @Test("a cancelled statement frees its connection")
  func cancellation() async throws {
    try await TestDatabase.with(connections: 1) { database in
      let sleeping = Task { try await database.pool.query("SELECT pg_sleep(30)") }
      let seen = try await eventually {
        let owner = try TestDatabase.pool(database.url, 1)
        defer { owner.close() }
        let row = try await owner.query(
          "SELECT count(*) AS n FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' AND state = 'active' AND pid <> pg_backend_pid()"
        ).rows.first
        return try row?.get("n", as: Int.self) == 1 ? true : nil
      }
      #expect(seen == true)
      sleeping.cancel()
      await #expect(throws: (any Error).self) { try await sleeping.value }
      #expect(try await database.pool.query("SELECT 1 AS n").rows.count == 1)
    }
  }

  @Test("notifications are received on a connection of their own, and again after that was lost")
  func notifications() async throws {
    try await TestDatabase.with { database in
      let listener = try TestDatabase.pool(database.url, 1)
      defer { listener.close() }
      let heard = Heard()
      let task = Task { for await note in listener.listen(to: ["bell"]) { await heard.add(note) } }
      defer { task.cancel() }
      func ring(_ text: String) async throws {
        let rung = try await eventually {
          try await database.pool.query("SELECT pg_notify('bell', \(text))")
          return await heard.contains(text) ? true : nil
        }
        #expect(rung == true)
      }
      try await ring("one")
      try await database.pool.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
      )
      try await ring("two")
    }
  }
}

private actor Heard {
  private var notes: [PostgresNotification] = []
  func add(_ note: PostgresNotification) { notes.append(note) }
  func contains(_ payload: String) -> Bool { notes.contains { "\($0)".contains(payload) } }
}
