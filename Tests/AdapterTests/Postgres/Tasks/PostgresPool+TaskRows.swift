import PostgresDriver

/// Rows of the table `tasks` for tests of what a full table costs.
extension PostgresPool {
  /// Inserts so many care plans that are due.
  func insertDueTasks(_ count: Int) async throws {
    try await query("INSERT INTO tasks (type, payload) SELECT 'care_plan', '{}' FROM generate_series(1, \(count))")
  }

  /// Lets the server make its statistics while the table holds 20,000 care plans of the status.
  func makeTaskStatistics(status: String) async throws {
    try await query(
      """
      INSERT INTO tasks (type, payload, status, worker)
      SELECT 'care_plan', '{}', \(status), CASE WHEN \(status) <> 'pending' THEN 'b' END
      FROM generate_series(1, 20000)
      """)
    try await query(PostgresQuery(script: "ANALYZE tasks"))
  }
}
