import PostgresDriver
import Testing

@Suite("The locks of migrations beside workers of the release before")
struct MigrationLockTests {
  @Test("a migration locks tasks or the work on plans, and not both: workers lock them in either order")
  func oneTable() async throws {
    try await withDatabase(before: 46) { older in
      let others = [
        (46, "care_plan_work"), (47, "tasks"), (48, "care_plan_work"), (49, "care_plan_work"), (50, "tasks"),
        (51, "care_plan_work"),
      ]
      for (number, other) in others {
        let applied = try await older.pool.transaction { transaction in
          try await transaction.query(PostgresQuery(script: "LOCK TABLE \(other) IN ROW EXCLUSIVE MODE"))
          return try await older.migrate(only: number)
        }
        #expect(applied == [number])
      }
    }
  }
}
