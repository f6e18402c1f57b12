import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("Upgrading a legacy deployment's database", .serialized)
struct LegacyUpgradeTests {
  static let units = LegacyColumnUnits(talkTime: .minutes, amount: .rupees)

  /// Three users, an order of each of them, a task.
  private func fill(_ pool: PostgresPool) async throws {
    for number in 1...3 {
      let person = LegacyPerson(
        email: "user\(number)@example.com", talkTime: "\(number).5", milliseconds: Int64(number) * 60_000 + 30_000)
      try await person.insert(into: pool)
      try await pool.query(
        """
        INSERT INTO transactions (razorpay_order_id, user_email, amount, status)
        VALUES (\("order_\(number)"), \(person.email), 199, 'paid')
        """)
    }
    try await pool.query("INSERT INTO tasks (type, payload) VALUES ('horoscope', '{}')")
  }

  private func expectTakenOver(_ pool: PostgresPool) async throws {
    let contents = try await LegacyDatabase.contents(pool)
    #expect(contents["public.users"] == 3 && contents["guide.users"] == 3)
    #expect(contents["public.transactions"] == 3 && contents["guide.transactions"] == 3)
    #expect(contents["public.tasks"] == 1 && contents["guide.tasks"] == 1)
    #expect(contents["public.ledger"] == 3 && contents["public.wallets"] == 3)
    #expect(try await LedgerAudit(database: pool).verify().problems == [])
    let total = try await pool.query("SELECT sum(available_ms)::bigint AS total FROM wallets").rows.first
    #expect(try total?.get("total", as: Int64.self) == 450_000)
  }

  @Test("a second run of the upgrade does nothing")
  func twice() async throws {
    try await LegacyDatabase.with { pool in
      try await fill(pool)
      let report = try #require(try await LegacyDatabase.migrate(pool, Self.units))
      #expect(report == LegacyReport(users: 3, transactions: 3, tasks: 1, problems: []))
      let before = try await LegacyDatabase.contents(pool)
      #expect(try await LegacyDatabase.migrate(pool, Self.units) == nil)
      #expect(try await LegacyDatabase.migrate(pool, LegacyColumnUnits()) == nil)
      #expect(try await LegacyDatabase.contents(pool) == before)
      try await expectTakenOver(pool)
    }
  }

  @Test("an upgrade that was killed after any step resumes there, and remembers the units")
  func killed() async throws {
    let files = try LegacyDatabase.files()
    for applied in [0, 1, 2, files.count] {
      try await LegacyDatabase.with { pool in
        try await fill(pool)
        try await LegacyUpgrade(pool: pool).setAside(units: Self.units)
        _ = try await Migrator(pool: pool).apply(Array(files.prefix(applied)))
        #expect(try await LegacyDatabase.migrate(pool, LegacyColumnUnits())?.users == 3)
        try await expectTakenOver(pool)
      }
    }
  }

  @Test("an upgrade that an older build began and could not finish is completed, too")
  func begun() async throws {
    try await LegacyDatabase.with { pool in
      try await fill(pool)
      let files = try LegacyDatabase.files()
      await #expect(throws: MigrationError.self) { try await Migrator(pool: pool).apply(files) }
      #expect(try await LegacyDatabase.migrate(pool, Self.units)?.users == 3)
      try await expectTakenOver(pool)
    }
  }

  @Test("several simultaneous upgrades import once")
  func racing() async throws {
    try await LegacyDatabase.with(connections: 4) { pool in
      try await fill(pool)
      let reports = try await withThrowingTaskGroup(of: LegacyReport?.self) { group in
        for _ in 0..<4 { group.addTask { try await LegacyDatabase.migrate(pool, Self.units) } }
        return try await group.reduce(into: []) { if let report = $1 { $0.append(report) } }
      }
      #expect(reports.count == 1)
      try await expectTakenOver(pool)
    }
  }

  @Test(
    "a missing unit stops the upgrade before any change, and the error names it",
    arguments: [
      (LegacyColumnUnits(), ["LEGACY_TALKTIME_UNIT", "LEGACY_AMOUNT_UNIT"]),
      (LegacyColumnUnits(talkTime: .hours), ["LEGACY_AMOUNT_UNIT"]),
      (LegacyColumnUnits(amount: .paise), ["LEGACY_TALKTIME_UNIT"]),
    ])
  func unitMissing(units: LegacyColumnUnits, named: [String]) async throws {
    try await LegacyDatabase.with { pool in
      try await fill(pool)
      let before = try await LegacyDatabase.contents(pool)
      let error = await #expect(throws: LegacyError.self) { try await LegacyDatabase.migrate(pool, units) }
      let text = try #require(error).description
      for name in ["LEGACY_TALKTIME_UNIT", "LEGACY_AMOUNT_UNIT"] {
        #expect(text.contains(name) == named.contains(name))
      }
      #expect(try await LegacyDatabase.contents(pool) == before)
      #expect(before.keys.sorted() == ["public.tasks", "public.transactions", "public.users"])
      // The failed attempt leaves nothing that blocks the correct one.
      #expect(try await LegacyDatabase.migrate(pool, Self.units)?.users == 3)
    }
  }

  @Test("no unit is required if no figure depends on it")
  func unitsNotNeeded() async throws {
    try await LegacyDatabase.with { pool in
      for (number, balance) in ["0", "NULL", "-5", "'NaN'", "'Infinity'"].enumerated() {
        try await LegacyPerson(email: "user\(number)@example.com", talkTime: balance).insert(into: pool)
      }
      try await pool.query("INSERT INTO transactions (razorpay_order_id) VALUES ('order_1')")
      let report = try #require(try await LegacyDatabase.migrate(pool, LegacyColumnUnits()))
      #expect(report.users == 5 && report.problems.count == 5)
      #expect(try await LedgerAudit(database: pool).verify().entries == 0)
    }
  }

  @Test("an import that fails takes over nothing, and the next run completes it")
  func failing() async throws {
    try await LegacyDatabase.with { pool in
      try await fill(pool)
      let upgrade = LegacyUpgrade(pool: pool)
      try await upgrade.setAside(units: Self.units)
      _ = try await Migrator(pool: pool).apply(try LegacyDatabase.files())
      // The last table that is filled.
      try await pool.query("ALTER TABLE tasks ADD CONSTRAINT refused CHECK (type <> 'horoscope')")
      let error = await #expect(throws: LegacyError.self) { try await upgrade.takeOver(units: Self.units) }
      #expect(error?.description.contains("none of them was") == true)
      let contents = try await LegacyDatabase.contents(pool)
      #expect(contents["public.users"] == 0 && contents["public.ledger"] == 0 && contents["guide.users"] == 3)
      #expect(contents["guide.problems"] == 0)
      try await pool.query("ALTER TABLE tasks DROP CONSTRAINT refused")
      #expect(try await upgrade.takeOver(units: LegacyColumnUnits())?.users == 3)
      try await expectTakenOver(pool)
    }
  }

  @Test("only users with an id, an address and a balance are required")
  func little() async throws {
    let tables = "CREATE TABLE users (id uuid PRIMARY KEY, email varchar(300), talktime numeric)"
    try await LegacyDatabase.with(tables: tables) { pool in
      try await pool.query(
        "INSERT INTO users VALUES (gen_random_uuid(), 'asha@example.com', 0.0015), (gen_random_uuid(), NULL, 'NaN')")
      let report = try #require(try await LegacyDatabase.migrate(pool, LegacyColumnUnits(talkTime: .seconds)))
      #expect(report.users == 2 && report.transactions == 0 && report.tasks == 0 && report.problems.count == 2)
      let wallet = try await pool.query("SELECT available_ms FROM wallets").rows.first
      #expect(try wallet?.get("available_ms", as: Int64.self) == 2)
    }
  }

  @Test("a users table of another structure is left alone, and the reason is reported")
  func unreadable() async throws {
    for columns in ["id integer, email text", "id uuid"] {
      try await LegacyDatabase.with(tables: "CREATE TABLE users (\(columns), talktime float)") { pool in
        let before = try await LegacyDatabase.contents(pool)
        await #expect(throws: LegacyError.self) { try await LegacyDatabase.migrate(pool, Self.units) }
        #expect(try await LegacyDatabase.contents(pool) == before)
      }
    }
  }

  @Test("the legacy deployment's tables are visible to their owner only")
  func hidden() async throws {
    try await LegacyDatabase.with { pool in
      try await fill(pool)
      try await pool.query(PostgresQuery(script: "GRANT ALL ON users, tasks TO PUBLIC, pg_monitor"))
      try await LegacyDatabase.migrate(pool, Self.units)
      let open = try await pool.query(
        """
        SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'guide' AND c.relkind = 'r' AND (NOT c.relrowsecurity OR EXISTS (
          SELECT FROM aclexplode(c.relacl) a WHERE a.grantee <> c.relowner))
        """)
      #expect(try open.rows.map { try $0.get("name", as: String.self) } == [])
      let schema = try await pool.query(
        "SELECT FROM pg_namespace n, aclexplode(n.nspacl) a WHERE nspname = 'guide' AND a.grantee <> n.nspowner")
      #expect(schema.rows.isEmpty)
    }
  }

  @Test("a database of this system is not taken for a legacy deployment's")
  func ours() async throws {
    try await withMigratedDatabase { database async throws in
      #expect(try await LegacyDatabase.migrate(database.pool, Self.units) == nil)
      #expect(try await !LegacyDatabase.contents(database.pool).keys.contains { $0.hasPrefix("guide.") })
      #expect(try await LegacyProblems.list(in: database.pool) == [])
    }
  }
}
