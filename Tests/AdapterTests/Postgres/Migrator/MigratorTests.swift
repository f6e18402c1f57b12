import Foundation
import PostgresAdapter
import PostgresDriver
import TestInfrastructure
import Testing

@Suite("Migrations", .serialized)
struct MigratorTests {
  private func migration(_ number: Int, _ sql: String) throws -> Migration {
    try #require(Migration(file: "000\(number)_step.sql", sql: sql))
  }

  private func tables(_ pool: PostgresPool) async throws -> [String] {
    try await pool.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename").rows
      .map { try $0.get("tablename") }
  }

  @Test("several simultaneous migrations apply each file once")
  func racing() async throws {
    try await TestDatabase.with(connections: 1) { database in
      let files = try (1...4).map { try migration($0, "CREATE TABLE t\($0) (n int); INSERT INTO t\($0) VALUES (1)") }
      let applied = try await withThrowingTaskGroup(of: [Int].self) { group in
        for _ in 0..<6 {
          group.addTask {
            let pool = try TestDatabase.pool(database.url, 1)
            defer { pool.close() }
            return try await Migrator(pool: pool).apply(files)
          }
        }
        return try await group.reduce([], +)
      }
      #expect(applied.sorted() == [1, 2, 3, 4])
      #expect(try await tables(database.pool) == ["schema_migrations", "t1", "t2", "t3", "t4"])
      #expect(try await Migrator(pool: database.pool).apply(files).isEmpty)
    }
  }

  @Test("an applied file that has changed is refused, and no file after it is applied")
  func changed() async throws {
    try await TestDatabase.with(connections: 1) { database in
      let migrator = Migrator(pool: database.pool)
      #expect(try await migrator.apply([try migration(1, "CREATE TABLE t1 (n int)")]) == [1])
      let edited = [try migration(1, "CREATE TABLE t1 (n bigint)"), try migration(2, "CREATE TABLE t2 (n int)")]
      await #expect(throws: MigrationError.changed(number: 1, name: "step")) { try await migrator.apply(edited) }
      #expect(try await tables(database.pool) == ["schema_migrations", "t1"])
    }
  }

  @Test("a status report lists pending, changed and foreign files, and changes nothing")
  func state() async throws {
    try await TestDatabase.with(connections: 1) { database in
      let migrator = Migrator(pool: database.pool)
      let (first, second) = (try migration(1, "CREATE TABLE t1 (n int)"), try migration(2, "CREATE TABLE t2 (n int)"))
      let new = try await migrator.state(of: [second, first])
      #expect(new == Migrator.State(pending: ["0001_step", "0002_step"], changed: [], unknown: []))
      #expect(try await tables(database.pool) == [])
      _ = try await migrator.apply([first, second])
      let current = try await migrator.state(of: [first, second])
      #expect(current == Migrator.State(pending: [], changed: [], unknown: []))
      let other = try await migrator.state(of: [try migration(1, "SELECT 1"), try migration(3, "SELECT 1")])
      #expect(other == Migrator.State(pending: ["0003_step"], changed: ["0001_step"], unknown: ["0002_step"]))
    }
  }

  @Test("a file that fails leaves no change of its own, and those before it stay")
  func failing() async throws {
    try await TestDatabase.with(connections: 1) { database in
      let migrator = Migrator(pool: database.pool)
      let good = try migration(1, "CREATE TABLE t1 (n int)")
      let broken = try migration(2, "CREATE TABLE t2 (n int); SELECT nonsense; CREATE TABLE t3 (n int)")
      let error = await #expect(throws: MigrationError.self) { try await migrator.apply([good, broken]) }
      #expect(error?.description.contains("migration 2 (step) failed") == true)
      #expect(error?.description.contains("nonsense") == true)
      #expect(try await tables(database.pool) == ["schema_migrations", "t1"])
      #expect(try await migrator.apply([good, try migration(2, "CREATE TABLE t2 (n int)")]) == [2])
    }
  }

  @Test("files are applied by their numbers; one that is added late is applied then")
  func order() async throws {
    try await TestDatabase.with(connections: 1) { database in
      let migrator = Migrator(pool: database.pool)
      let one = try migration(1, "CREATE TABLE t (n int)")
      let two = try migration(2, "INSERT INTO t VALUES (2)")
      let three = try migration(3, "INSERT INTO t VALUES (3)")
      #expect(try await migrator.apply([three, one]) == [1, 3])
      #expect(try await migrator.apply([three, two, one]) == [2])
    }
  }

  @Test("files that a newer build has applied do not stop an older one")
  func newer() async throws {
    try await TestDatabase.with(connections: 1) { database in
      let migrator = Migrator(pool: database.pool)
      let (one, two) = (try migration(1, "CREATE TABLE t1 (n int)"), try migration(2, "CREATE TABLE t2 (n int)"))
      #expect(try await migrator.apply([one, two]) == [1, 2])
      #expect(try await migrator.apply([one]).isEmpty)
      #expect(try await tables(database.pool) == ["schema_migrations", "t1", "t2"])
    }
  }

  @Test("two files of one number are refused")
  func twice() async throws {
    try await TestDatabase.with(connections: 1) { database in
      let files = [try migration(1, "CREATE TABLE t1 (n int)"), try migration(1, "CREATE TABLE t2 (n int)")]
      await #expect(throws: MigrationError.changed(number: 1, name: "step")) {
        try await Migrator(pool: database.pool).apply(files)
      }
    }
  }

  @Test(
    "a file's name is four digits and words",
    arguments: [
      "1_a.sql", "0001-a.sql", "0001_A.sql", "0001_a.txt", "0001_.sql", "00001_a.sql", "a.sql", "0001_a.sql~",
    ])
  func names(name: String) throws {
    #expect(Migration(file: name, sql: "") == nil)
    let good = try #require(Migration(file: "0012_talk_sessions.sql", sql: "SELECT 1"))
    #expect(good.number == 12 && good.name == "talk_sessions" && good.sql == "SELECT 1")
  }

  @Test("the project's own files are numbered without a gap")
  func ownFiles() throws {
    let files = try TestDatabase.migrations()
    let numbers = files.compactMap { Migration(file: $0.name, sql: $0.sql)?.number }
    #expect(numbers == Array(1...files.count))
  }

  @Test("a migration that waits for a lock holds up nobody for long")
  func lockTimeouts() throws {
    let files = try TestDatabase.migrations().compactMap { Migration(file: $0.name, sql: $0.sql) }
    for file in files where file.number > 40 {
      #expect(file.sql.contains("SET LOCAL lock_timeout = '5s';"), "\(file.name)")
    }
  }

  @Test("the migration of the choices for mails about care plans reads no account, and refuses other choices")
  func choices() async throws {
    try await withMigratedDatabase(connections: 1) { database in
      let found = try await database.pool.query(
        "SELECT convalidated FROM pg_constraint WHERE conname = 'users_care_plan_mail_check'")
      #expect(try found.rows.first?.get("convalidated", as: Bool.self) == false)
      await #expect(throws: PostgresError.self) {
        try await database.pool.query("INSERT INTO users (email, care_plan_mail) VALUES ('a@example.com', 'other')")
      }
    }
  }
}
