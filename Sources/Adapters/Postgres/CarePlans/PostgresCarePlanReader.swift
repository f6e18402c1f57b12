import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Care plans, the work on them, and the part of a session that the task service may read.
public struct PostgresCarePlanReader: CarePlanReader {
  private let database: any PostgresStatementRunner
  private let sealer: any CarePlanSealer

  public init(database: any PostgresStatementRunner, sealer: any CarePlanSealer) {
    self.database = database
    self.sealer = sealer
  }

  public func carePlan(of session: SessionID) async throws -> CarePlanOutcome? {
    let result = try await database.query(
      """
      SELECT p.status, p.reason, p.plan::text AS plan, p.sealed, k.id AS key_id, k.wrapped
      FROM care_plans p LEFT JOIN care_plan_keys k ON k.id = p.key_id WHERE p.session_id = \(session.text)
      UNION ALL SELECT 'deleted', NULL, NULL, NULL, NULL, NULL FROM care_plan_work
      WHERE session_id = \(session.text) AND deleted_at IS NOT NULL
      """)
    let rows = try result.rows.map { (status: try $0.get("status", as: String.self), row: $0) }
    if rows.contains(where: { $0.status == "deleted" }) { return .deleted }
    guard let (status, row) = rows.first else { return nil }
    let reason: String? = try row.get("reason")
    if let plan: String = try row.get("plan", as: String?.self) { return .ready(planJSON: plan) }
    if status == "ready" {
      return try unsealed(row, session).map { .ready(planJSON: $0) } ?? .unreadable
    }
    return status == "skipped" ? .skipped(reason: reason ?? "unknown") : .failed(reason: reason ?? "unknown")
  }

  private func unsealed(_ row: PostgresRow, _ session: SessionID) throws -> String? {
    guard let sealed: [UInt8] = try row.get("sealed", as: [UInt8]?.self),
      let id: UUID = try row.get("key_id", as: UUID?.self),
      let wrapped: [UInt8] = try row.get("wrapped", as: [UInt8]?.self)
    else { return nil }
    return sealer.unseal(sealed, of: session, under: WrappedCarePlanKey(id: id, wrapped: wrapped))
  }

  /// A task is made within seconds after the end of a talk, or after an outage of the event bus, within hours.
  public func work(on session: SessionID) async throws -> CarePlanWork? {
    let key = "care_plan:\(session)"
    let result = try await database.query(
      """
      SELECT s.settled_at, s.settled_at < statement_timestamp() - interval '1 day' AS long_ago, t.status,
        CASE WHEN t.status = 'failed' THEN t.error ELSE coalesce(w.reason, t.error) END AS reason
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
