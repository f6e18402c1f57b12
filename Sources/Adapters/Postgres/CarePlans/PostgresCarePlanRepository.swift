import Application
import Domain
import PostgresDriver

/// The results of the writing of care plans.
public struct PostgresCarePlanRepository: CarePlanRepository {
  private let pool: PostgresPool
  private let outbox: PostgresOutbox

  public init(pool: PostgresPool, outbox: PostgresOutbox) {
    self.pool = pool
    self.outbox = outbox
  }

  public func isClosed(_ session: SessionID) async throws -> Bool {
    try await !pool.query(
      """
      SELECT 1 AS one FROM care_plans WHERE session_id = \(session.text) AND status = 'ready'
      UNION ALL SELECT 1 FROM care_plan_work WHERE session_id = \(session.text) AND deleted_at IS NOT NULL
      """
    ).rows.isEmpty
  }

  public func store(_ plan: CarePlanOutcome, session: SessionID, user: UserID, then tasks: [NewTask]) async throws {
    let row = Columns(plan)
    let outbox = outbox
    try await pool.transaction { transaction in
      guard try await Self.begin(session, user, transaction) else { return }
      let stored = try await transaction.query(
        """
        INSERT INTO care_plans (session_id, user_id, status, reason, plan)
        VALUES (\(session.text), \(user.uuid), \(row.status), \(row.reason), \(row.plan.map(PostgresJSON.init)))
        ON CONFLICT (session_id) DO UPDATE SET
          status = EXCLUDED.status, reason = EXCLUDED.reason, plan = EXCLUDED.plan, created_at = clock_timestamp()
        WHERE care_plans.status <> 'ready'
          AND (care_plans.status, care_plans.reason) IS DISTINCT FROM (EXCLUDED.status, EXCLUDED.reason)
        """)
      guard stored.affectedRows == 1 else { return }
      for task in tasks { try await PostgresEventTaskInbox.insert(task, in: transaction) }
      transaction.announce(PostgresTaskQueue.topic)
      try await outbox.append(CarePlanFinished(userID: user, sessionID: session, status: row.status), in: transaction)
    }
  }

  /// Locks the session's row of work until the transaction ends. False if the plan or the account was deleted.
  private static func begin(
    _ session: SessionID, _ user: UserID, _ transaction: PostgresTransaction
  ) async throws -> Bool {
    let rows = try await transaction.query(
      """
      INSERT INTO care_plan_work (session_id, user_id)
      SELECT \(session.text), \(user.uuid)
      WHERE NOT EXISTS (SELECT FROM users WHERE id = \(user.uuid) AND deleted_at IS NOT NULL)
      ON CONFLICT (session_id) DO UPDATE SET reason = NULL, updated_at = clock_timestamp()
      RETURNING deleted_at IS NOT NULL AS deleted
      """
    ).rows
    return try rows.first?.get("deleted", as: Bool.self) == false
  }

  public func note(_ reason: String, session: SessionID, user: UserID) async throws {
    try await pool.query(
      """
      INSERT INTO care_plan_work (session_id, user_id, reason)
      SELECT \(session.text), \(user.uuid), \(reason)
      WHERE NOT EXISTS (SELECT FROM users WHERE id = \(user.uuid) AND deleted_at IS NOT NULL)
      ON CONFLICT (session_id) DO UPDATE SET reason = EXCLUDED.reason, updated_at = clock_timestamp()
      """)
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
