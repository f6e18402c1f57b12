import Application
import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("The mark of tasks that failed or were cancelled")
struct UnsuccessfulTaskMigrationTests {
  @Test("tasks of before have it, and what has not ended has no end any more")
  func migration() async throws {
    try await withDatabase(before: 48) { older in
      let pool = older.pool
      try await pool.query(
        """
        INSERT INTO tasks (type, payload, status, completed_at)
        SELECT 'care_plan', '{}', made.status, clock_timestamp()
        FROM unnest(\(TaskState.allCases.map(\.rawValue))) AS made (status)
        """)
      try await older.migrate()
      let rows = try await pool.query(
        "SELECT status, is_unsuccessful IS TRUE AS is_marked, completed_at IS NOT NULL AS has_end FROM tasks"
      ).rows
      #expect(rows.count == TaskState.allCases.count)
      for row in rows {
        let state = try #require(TaskState(rawValue: try row.get("status")))
        #expect(try row.get("is_marked", as: Bool.self) == (state == .failed || state == .cancelled), "\(state)")
        #expect(try row.get("has_end", as: Bool.self) == !state.isOpen, "\(state)")
      }
      let counts = try await PostgresTaskReader(database: pool).counts(.everyone)
      #expect(counts == Dictionary(uniqueKeysWithValues: TaskState.allCases.map { ($0, 1) }))
      #expect(try await PostgresTaskReader(database: pool).page(.everyone, after: nil, limit: 3).count == 3)
      let filter = TaskFilter(type: "care_plan", state: .cancelled)
      let actions = PostgresTaskActionRepository(database: pool)
      #expect(try await actions.preview(.retry, on: filter, sample: 1).count == TaskCount(counted: 1))
    }
  }
}
