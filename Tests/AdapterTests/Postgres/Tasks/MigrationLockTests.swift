import PostgresAdapter
import PostgresDriver
import TestInfrastructure
import Testing

@Suite("The locks of migrations beside workers of the release before")
struct MigrationLockTests {
  @Test("a migration locks tasks or the work on plans, and not both: workers lock them in either order")
  func oneTable() async throws {
    try await TestDatabase.with(connections: 2) { database in
      let pool = database.pool
      let files = try TestDatabase.migrations().compactMap { Migration(file: $0.name, sql: $0.sql) }
      let migrator = Migrator(pool: pool)
      _ = try await migrator.apply(files.filter { $0.number < 46 })
      for (number, other) in [(46, "care_plan_work"), (47, "tasks"), (48, "care_plan_work")] {
        let applied = try await pool.transaction { transaction in
          try await transaction.query(PostgresQuery(script: "LOCK TABLE \(other) IN ROW EXCLUSIVE MODE"))
          return try await migrator.apply(files.filter { $0.number == number })
        }
        #expect(applied == [number])
      }
    }
  }
}
