import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Care plans, and the part of a session that the task service may read.
public struct PostgresCarePlanRepository: CarePlanRepository, CarePlanReader {
  private let pool: PostgresPool
  private let outbox: PostgresOutbox

  public init(pool: PostgresPool, outbox: PostgresOutbox) {
    self.pool = pool
    self.outbox = outbox
  }

  public func store(_ plan: CarePlanOutcome, session: SessionID, user: UserID, then tasks: [NewTask]) async throws {
    let row = Columns(plan)
    let outbox = outbox
    try await pool.transaction { transaction in
      let stored = try await transaction.query(
        """
        INSERT INTO care_plans (session_id, user_id, status, reason, plan)
        SELECT \(session.text), \(user.uuid), \(row.status), \(row.reason), \(row.plan.map(PostgresJSON.init))
        WHERE NOT EXISTS (SELECT FROM users WHERE id = \(user.uuid) AND deleted_at IS NOT NULL)
        ON CONFLICT (session_id) DO NOTHING
        """)
      guard stored.affectedRows == 1 else { return }
      for task in tasks { try await PostgresEventTaskInbox.insert(task, in: transaction) }
      transaction.announce(PostgresTaskQueue.topic)
      try await outbox.append(CarePlanFinished(userID: user, sessionID: session, status: row.status), in: transaction)
    }
  }

  public func carePlan(of session: SessionID) async throws -> CarePlanOutcome? {
    let result = try await pool.query(
      "SELECT status, reason, plan::text AS plan FROM care_plans WHERE session_id = \(session.text)")
    guard let row = result.rows.first else { return nil }
    let reason: String? = try row.get("reason")
    if let plan: String = try row.get("plan", as: String?.self) { return .ready(planJSON: plan) }
    let status: String = try row.get("status")
    return status == "skipped" ? .skipped(reason: reason ?? "unknown") : .failed(reason: reason ?? "unknown")
  }

  public func summary(of session: SessionID) async throws -> TalkSettlementStatus? {
    let result = try await pool.query(
      "SELECT user_id, settled_at IS NOT NULL AS settled FROM talk_sessions WHERE id = \(session.text)")
    guard let row = result.rows.first else { return nil }
    return TalkSettlementStatus(userID: UserID(try row.get("user_id")), settled: try row.get("settled"))
  }

  private struct Columns {
    let status: String
    let reason: String?
    let plan: String?

    init(_ plan: CarePlanOutcome) {
      switch plan {
      case .ready(let json): (status, reason, self.plan) = ("ready", nil, json)
      case .skipped(let reason): (status, self.reason, self.plan) = ("skipped", reason, nil)
      case .failed(let reason): (status, self.reason, self.plan) = ("failed", reason, nil)
      }
    }
  }
}
