import Foundation
import Logging
import PostgresAdapter
import PostgresDriver
import TestInfrastructure
import Testing

@Suite(
  "Connections through PgBouncer", .serialized,
  .enabled(if: FileManager.default.isExecutableFile(atPath: PgBouncer.binary)))
struct PoolerTests {
  private func pool(_ url: String, connections: Int = 1, prepared: Bool? = nil) throws -> PostgresPool {
    try PostgresPool(
      configuration: PostgresConfiguration(
        url: url, applicationName: "tests", maximumConnections: connections, preparedStatements: prepared,
        acquireTimeout: .seconds(20)),
      logger: Logger(label: "tests"))
  }

  @Test(
    "queries and transactions work without settings in either mode of the pooler", arguments: PgBouncer.Mode.allCases)
  func works(_ mode: PgBouncer.Mode) async throws {
    try await TestDatabase.with(connections: 1) { database in
      try await PgBouncer.with(mode, addresses: [database.url]) { pooler in
        let pool = try pool(pooler.url(database.url), connections: 3)
        defer { pool.close() }
        try await pool.query("CREATE TABLE marks (n int)")
        try await withThrowingTaskGroup(of: Void.self) { group in
          for n in 0..<30 {
            group.addTask {
              try await pool.query("INSERT INTO marks VALUES (\(n))")
              try await pool.transaction { transaction in
                let row = try await transaction.query("SELECT \(n)::int AS n, pg_backend_pid() AS pid").rows.first
                #expect(try row?.get("n", as: Int.self) == n)
              }
            }
          }
          try await group.waitForAll()
        }
        #expect(try await database.pool.query("SELECT n FROM marks").rows.count == 30)
        #expect(pool.isPooled == true && database.pool.isPooled == false)
      }
    }
  }

  @Test("no setting of a session reaches the next client of a transaction pooler")
  func settings() async throws {
    try await TestDatabase.with(connections: 1) { database in
      try await PgBouncer.with(.transaction, connections: 1, addresses: [database.url]) { pooler in
        let pool = try pool(pooler.url(database.url))
        defer { pool.close() }
        @Sendable func limit(_ session: any PostgresStatementRunner) async throws -> String? {
          try await session.query("SELECT current_setting('statement_timeout') AS s").rows.first?.get("s")
        }
        let outside = try await limit(pool)
        #expect(try await pool.transaction { try await limit($0) } == "5s")
        let after = try await limit(pool)
        #expect(outside == "0" && after == outside)
      }
    }
  }

  /// Two connections to the server, each with a prepared statement of another client. Then the clients meet the
  /// connections the other way round.
  @Test(
    "no client runs another client's prepared statement, even if it takes the session for its own",
    arguments: [nil, true] as [Bool?])
  func strangers(prepared: Bool?) async throws {
    try await TestDatabase.with(connections: 1) { database in
      try await database.pool.query("CREATE TABLE debits (n int)")
      try await PgBouncer.with(.transaction, connections: 2, ignored: "options", addresses: [database.url]) { pooler in
        let reader = try pool(pooler.url(database.url), prepared: prepared)
        let writer = try pool(pooler.url(database.url), prepared: prepared)
        defer {
          reader.close()
          writer.close()
        }
        try await reader.transaction { transaction in
          try await transaction.query("SELECT \(1)::int AS n")
          try await writer.query("INSERT INTO debits VALUES (\(2)::int)")
        }
        for round in 0..<2 {
          try await (round == 0 ? writer : reader).transaction { transaction in
            try await transaction.query("SELECT 1")
            if round == 0 {
              let row = try await reader.query("SELECT \(7)::int AS n").rows.first
              #expect(try row?.get("n", as: Int.self) == 7)
            } else {
              try await writer.query("INSERT INTO debits VALUES (\(3)::int)")
            }
          }
          let read = try await reader.transaction { try await $0.query("SELECT \(8)::int AS n").rows.first }
          #expect(try read?.get("n", as: Int.self) == 8)
        }
        let debits = try await database.pool.query("SELECT n FROM debits ORDER BY n").rows
        #expect(try debits.map { try $0.get("n", as: Int.self) } == [2, 3])
      }
    }
  }

  @Test("a session pooler forwards notifications")
  func listens() async throws {
    try await TestDatabase.with(connections: 1) { database in
      try await PgBouncer.with(.session, addresses: [database.url]) { pooler in
        let pool = try pool(pooler.url(database.url))
        defer { pool.close() }
        let heard = Heard()
        let listening = Task { for await event in pool.listen(to: ["news"]) { await heard.add(event) } }
        defer { listening.cancel() }
        let told = await eventually {
          _ = try? await database.pool.query("SELECT pg_notify('news', 'x')")
          return await heard.events.contains(.message(channel: "news", payload: "x")) ? true : nil
        }
        #expect(told == true)
      }
    }
  }

  /// The roles of the suite itself, with their passwords; their settings apply to the test's database alone.
  @Test("each service's statements time out, with and without a pooler in between", arguments: PgBouncer.Mode.allCases)
  func limits(_ mode: PgBouncer.Mode) async throws {
    try await withMigratedDatabase(connections: 1) { database in
      try await Migrator(pool: database.pool).setLimits()
      for name in ["AUTH", "BILLING", "SESSION", "TASK"] {
        guard var parts = URLComponents(string: try setting("\(name)_DATABASE_URL")) else { continue }
        parts.path = URLComponents(string: database.url)?.path ?? ""
        let url = parts.string ?? ""
        try await PgBouncer.with(mode, addresses: [url]) { pooler in
          let pool = try pool(pooler.url(url))
          defer { pool.close() }
          let row = try await pool.query(
            """
            SELECT current_setting('statement_timeout') AS statement, current_setting('TimeZone') AS zone,
              current_setting('idle_in_transaction_session_timeout') AS idle, current_setting('jit') AS jit
            """
          ).rows.first
          #expect(try row?.get("statement", as: String.self) == "5s" && row?.get("zone", as: String.self) == "UTC")
          #expect(try row?.get("idle", as: String.self) == "30s" && row?.get("jit", as: String.self) == "off")
          guard name == "SESSION" else { return }
          let error = await #expect(throws: PostgresError.self) { try await pool.query("SELECT pg_sleep(8)") }
          #expect(error?.kind == .timeout && error?.message.contains("statement timeout") == true)
        }
      }
    }
  }

  /// libpq's own error for such a loss has no SQLSTATE, and could be mistaken for the server's error about the
  /// statement.
  @Test("a connection that was lost silently is not taken for an answer of the server")
  func lost() async throws {
    try await TestDatabase.with(connections: 1) { database in
      try await PgBouncer.with(.session, addresses: [database.url]) { pooler in
        let pool = try pool(pooler.url(database.url))
        defer { pool.close() }
        let backend: Int = try #require(try await pool.query("SELECT pg_backend_pid() AS pid").rows.first).get("pid")
        let sleeping = Task { try await pool.query("SELECT pg_sleep(\(4.0))") }
        #expect(try await database.pool.isActive(backend))
        pooler.kill()
        let result = await sleeping.result
        let error = #expect(throws: PostgresError.self) { try result.get() }
        #expect(error?.kind == .unavailable && error?.isRefusal == false)
      }
    }
  }

  @Test("an address that is marked as a pooler's works without a pooler too")
  func dashboard() async throws {
    try await TestDatabase.with(connections: 1) { database in
      for words in ["pgbouncer=true&connection_limit=1", "supa=base-pooler.x"] {
        let pool = try pool(database.url + "?" + words)
        defer { pool.close() }
        for n in 0..<3 {
          let row = try await pool.transaction { try await $0.query("SELECT \(n)::int AS n").rows.first }
          #expect(try row?.get("n", as: Int.self) == n)
        }
      }
    }
  }

  @Test("a password may be in an address without encoding")
  func password() async throws {
    try await TestDatabase.with(connections: 1) { database in
      let (name, secret) = ("probe_" + UUID().uuidString.lowercased().prefix(8), "a#b%c@d")
      try await database.pool.query(PostgresQuery(script: "CREATE ROLE \(name) LOGIN PASSWORD '\(secret)'"))
      let place = try #require(database.url.split(separator: "@").last)
      let pool = try pool("postgresql://\(name):\(secret)@\(place)")
      let found = try await pool.query("SELECT current_user::text AS name").rows.first?.get("name", as: String.self)
      pool.close()
      try await database.pool.query(PostgresQuery(script: "DROP ROLE \(name)"))
      #expect(found == name)
    }
  }
}

private actor Heard {
  private(set) var events: [PostgresNotification] = []

  func add(_ event: PostgresNotification) { events.append(event) }
}
