import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Care plans, the work on them, and the part of a session that the task service may read.
public struct PostgresCarePlanReader: CarePlanReader {
  private let database: any PostgresStatementRunner

  public init(database: any PostgresStatementRunner) { self.database = database }

  public func carePlan(of session: SessionID) async throws -> CarePlanOutcome? {
    let result = try await database.query(
      """
      SELECT status, reason, plan::text AS plan FROM care_plans WHERE session_id = \(session.text)
      UNION ALL SELECT 'deleted', NULL, NULL FROM care_plan_work
      WHERE session_id = \(session.text) AND deleted_at IS NOT NULL
      """)
    let rows = try result.rows.map { (status: try $0.get("status", as: String.self), row: $0) }
    if rows.contains(where: { $0.status == "deleted" }) { return .deleted }
    guard let (status, row) = rows.first else { return nil }
    let reason: String? = try row.get("reason")
    if let plan: String = try row.get("plan", as: String?.self) { return .ready(planJSON: plan) }
    return status == "skipped" ? .skipped(reason: reason ?? "unknown") : .failed(reason: reason ?? "unknown")
  }

  /// A task is made within seconds after the end of a talk, or after an outage of the event bus, within hours.
  public func work(on session: SessionID) async throws -> CarePlanWork? {
    let key = "care_plan:\(session)"
    let result = try await database.query(
      """
      SELECT s.settled_at, s.settled_at < statement_timestamp() - interval '1 day' AS long_ago, t.status,
        CASE WHEN t.status = 'failed' THEN t.error ELSE coalesce(t.error, w.reason) END AS reason
      FROM talk_sessions s LEFT JOIN tasks t ON t.unique_key = \(key)
      LEFT JOIN care_plan_work w ON w.session_id = s.id
      WHERE s.id = \(session.text) AND s.settled_at IS NOT NULL
      """)
    guard let row = result.rows.first else { return nil }
    let status: String? = try row.get("status")
    return CarePlanWork(
      task: status.map { TaskState(rawValue: $0) ?? .parked }, reason: try row.get("reason"),
      since: try row.get("settled_at"), isLongAgo: try row.get("long_ago"))
  }

  public func summary(of session: SessionID) async throws -> TalkSettlementStatus? {
    let result = try await database.query(
      "SELECT user_id, settled_at IS NOT NULL AS settled FROM talk_sessions WHERE id = \(session.text)")
    guard let row = result.rows.first else { return nil }
    return TalkSettlementStatus(userID: UserID(try row.get("user_id")), settled: try row.get("settled"))
  }
}
