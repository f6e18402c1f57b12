import PostgresAdapter
import PostgresDriver
import TestInfrastructure
import Testing

@Suite("The tasks that have not ended, for the metrics")
struct PostgresTaskBacklogTests {
  @Test("they are counted by state and type, with the age of the oldest")
  func counted() async throws {
    try await withMigratedDatabase { database in
      try await database.pool.query(
        """
        INSERT INTO tasks (type, payload, status, is_open, created_at, run_at, completed_at)
        SELECT type, '{}', status, completed_at IS NULL, now() - age, now() + pause, completed_at
        FROM (VALUES
          ('care_plan', 'pending', interval '1 hour', interval '1 day', NULL::timestamptz),
          ('care_plan', 'pending', interval '1 minute', interval '-30 seconds', NULL),
          ('care_plan', 'parked', interval '2 hours', interval '-2 hours', NULL),
          ('mail', 'pending', interval '0', interval '1 day', NULL),
          ('mail', 'completed', interval '3 hours', interval '-3 hours', now()),
          ('mail', 'failed', interval '4 hours', interval '-4 hours', now())
        ) AS made (type, status, age, pause, completed_at)
        """)
      let backlogs = try await PostgresTaskBacklog.read(in: database.pool)
      #expect(
        backlogs.map { "\($0.state) \($0.type) \($0.count)" } == [
          "parked care_plan 1", "pending care_plan 2", "pending mail 1",
        ])
      let expected: [(age: Double, overdue: Double)] = [(7_200, 0), (3_600, 30), (0, 0)]
      for (backlog, expected) in zip(backlogs, expected) {
        #expect((expected.age...expected.age + 60).contains(backlog.age))
        #expect((expected.overdue...expected.overdue + 60).contains(backlog.overdue))
      }
    }
  }

  @Test("of a long backlog the oldest are read by an index, and no more")
  func bounded() async throws {
    try await withMigratedDatabase(connections: 1) { database in
      let pool = database.pool
      try await pool.query(
        """
        INSERT INTO tasks (type, payload, created_at)
        SELECT 'care_plan', '{}', now() - (60000 - n) * interval '1 second' FROM generate_series(1, 40000) n
        """)
      try await pool.query(PostgresQuery(script: "VACUUM (ANALYZE) tasks"))
      let (scans, blocks) = (try await pool.taskScans(), try await pool.taskBlocksRead())
      let backlogs = try await PostgresTaskBacklog.read(in: pool)
      #expect(backlogs.map(\.count) == [PostgresTaskBacklog.most])
      #expect(backlogs.allSatisfy { $0.age > 59_000 })
      #expect(try await pool.taskScans() == scans)
      #expect(try await pool.taskBlocksRead() - blocks < 800)
    }
  }
}
