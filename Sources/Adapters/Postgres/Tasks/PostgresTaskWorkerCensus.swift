import Application
import PostgresDriver

/// The workers of the task service by their leases in Postgres. The roles of all services may read these columns.
public struct PostgresTaskWorkerCensus: TaskWorkerCensus {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  public func workers(reading level: Int) async throws -> RunningTaskWorkers {
    let counted = try await database.query(
      """
      SELECT count(*) FILTER (WHERE vocabulary >= \(level)) AS current,
        count(*) FILTER (WHERE vocabulary < \(level)) AS older
      FROM task_workers WHERE lease_until > statement_timestamp()
      """)
    guard let row = counted.rows.first else { return RunningTaskWorkers(current: 0, older: 0) }
    return RunningTaskWorkers(
      current: Int(clamping: try row.get("current", as: Int64.self)),
      older: Int(clamping: try row.get("older", as: Int64.self)))
  }
}
