import Logging
import PostgresDriver

/// The tasks of the soak and what their handlers write.
struct SoakTasks: Sendable {
  struct Report: Sendable {
    let completed, failed, open, effects, begun, mostAttempts: Int
  }

  let pool: PostgresPool

  init(url: String) throws {
    pool = try PostgresPool(
      configuration: PostgresConfiguration(
        url: url, applicationName: "soak", maximumConnections: 4, acquireTimeout: .seconds(30)),
      logger: Logger(label: "soak") { _ in SwiftLogNoOpLogHandler() })
  }

  func close() { pool.close() }

  func create(_ count: Int) async throws {
    try await pool.query("CREATE TABLE soak_effects (number bigint PRIMARY KEY)")
    try await pool.query("CREATE TABLE soak_begun (number bigint NOT NULL, worker text NOT NULL)")
    try await pool.query(
      """
      INSERT INTO tasks (type, payload, unique_key)
      SELECT 'care_plan', jsonb_build_object('number', n), 'soak:' || n FROM generate_series(1, \(count)) n
      """)
  }

  /// Repeated while Postgres is away.
  func report() async throws -> Report {
    while true {
      do { return try await reportOnce() } catch let error as PostgresError where error.isUnavailable {
        try await Task.sleep(for: .milliseconds(200))
      }
    }
  }

  private func reportOnce() async throws -> Report {
    let row = try await pool.query(
      """
      SELECT count(*) FILTER (WHERE status = 'completed') AS completed,
        count(*) FILTER (WHERE status IN ('failed', 'cancelled')) AS failed,
        count(*) FILTER (WHERE status IN ('pending', 'running', 'parked')) AS open,
        coalesce(max(attempts), 0) AS attempts,
        (SELECT count(*) FROM soak_effects) AS effects, (SELECT count(*) FROM soak_begun) AS begun
      FROM tasks
      """
    ).rows.first
    func number(_ column: String) throws -> Int { try row?.get(column) ?? 0 }
    return Report(
      completed: try number("completed"), failed: try number("failed"), open: try number("open"),
      effects: try number("effects"), begun: try number("begun"), mostAttempts: try number("attempts"))
  }
}
