import Application
import Domain
import PostgresDriver

extension TaskSummary {
  static let columns: PostgresColumnList =
    "id, type, status, attempts, error, created_at, started_at, completed_at"

  init(_ row: PostgresRow) throws(PostgresError) {
    self.init(
      id: TaskID(try row.get("id")), type: try row.get("type"),
      state: TaskState(rawValue: try row.get("status")) ?? .parked, attempts: try row.get("attempts"),
      errorCode: try row.get("error"), createdAt: try row.get("created_at"), startedAt: try row.get("started_at"),
      completedAt: try row.get("completed_at"))
  }
}
