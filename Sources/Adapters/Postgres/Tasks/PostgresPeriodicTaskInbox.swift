import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Adds the tasks of schedules to the queue, each occurrence once.
public struct PostgresPeriodicTaskInbox: PeriodicTaskInbox {
  private let pool: PostgresPool

  public init(pool: PostgresPool) { self.pool = pool }

  public func now() async throws -> Date {
    let row = try await pool.query("SELECT statement_timestamp() AS now").rows.first
    guard let row else { throw PostgresError(.decoding(column: "now"), message: "no row was read") }
    return try row.get("now")
  }

  public func add(_ tasks: [NewTask]) async throws {
    try await pool.transaction { transaction in
      var isNew = false
      for task in tasks { isNew = try await PostgresEventTaskInbox.insert(task, in: transaction) || isNew }
      if isNew { transaction.announce(PostgresTaskQueue.topic) }
    }
  }
}
