import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// The results of the writing of care plans.
public struct PostgresCarePlanRepository: CarePlanRepository {
  private let pool: PostgresPool
  private let outbox: PostgresOutbox
  private let sealer: (any CarePlanSealer)?

  /// - Parameter sealer: nil stores plans as JSON, which earlier releases can read.
  public init(pool: PostgresPool, outbox: PostgresOutbox, sealer: (any CarePlanSealer)?) {
    self.pool = pool
    self.outbox = outbox
    self.sealer = sealer
  }

  public func isClosed(_ session: SessionID) async throws -> Bool {
    try await !pool.query(
      """
      SELECT 1 AS one FROM care_plans WHERE session_id = \(session.text) AND status = 'ready' AND NOT is_provisional
      UNION ALL SELECT 1 FROM care_plan_work WHERE session_id = \(session.text) AND deleted_at IS NOT NULL
      """
    ).rows.isEmpty
  }

  public func laterTalk(than session: SessionID) async throws -> LaterTalk {
    let row = try await pool.query(
      """
      SELECT count(*) FILTER (WHERE later.settled_at IS NULL) > 0 AS is_unsettled,
        count(*) FILTER (WHERE later.charged_ms > 0) > 0 AS is_charged
      FROM talk_sessions this JOIN talk_sessions later
        ON later.conversation_id = this.conversation_id AND later.created_at > this.created_at
      WHERE this.id = \(session.text)
      """
    ).rows.first
    if try row?.get("is_charged", as: Bool.self) == true { return .charged }
    return try row?.get("is_unsettled", as: Bool.self) == true ? .unsettled : .none
  }

  public func store(
    _ plan: CarePlanOutcome, isFinal: Bool, session: SessionID, user: UserID, then tasks: [NewTask]
  ) async throws {
    let (outbox, sealer) = (outbox, sealer)
    try await pool.transaction { transaction in
      guard try await Self.begin(session, user, isFinal, transaction) else { return }
      var row = Columns(plan)
      if let sealer, let json = row.plan { try await row.seal(json, session, user, by: sealer, transaction) }
      let stored = try await transaction.query(
        """
        INSERT INTO care_plans (session_id, user_id, status, reason, plan, sealed, key_id, is_provisional)
        VALUES (\(session.text), \(user.uuid), \(row.status), \(row.reason), \(row.plan.map(PostgresJSON.init)),
          \(row.sealed), \(row.key), \(!isFinal))
        ON CONFLICT (session_id) DO UPDATE SET
          status = EXCLUDED.status, reason = EXCLUDED.reason, plan = EXCLUDED.plan, sealed = EXCLUDED.sealed,
          key_id = EXCLUDED.key_id, is_provisional = EXCLUDED.is_provisional, created_at = clock_timestamp()
        WHERE care_plans.status <> 'ready'
          AND (care_plans.status, care_plans.reason) IS DISTINCT FROM (EXCLUDED.status, EXCLUDED.reason)
          OR care_plans.is_provisional AND EXCLUDED.status = 'ready' AND NOT EXCLUDED.is_provisional
        """)
      guard stored.affectedRows == 1 else { return }
      for task in tasks { try await PostgresEventTaskInbox.insert(task, in: transaction) }
      transaction.announce(PostgresTaskQueue.topic)
      try await outbox.append(CarePlanFinished(userID: user, sessionID: session, status: row.status), in: transaction)
    }
  }

  /// Locks the session's row of work until the transaction ends. False if the plan or the account was deleted.
  private static func begin(
    _ session: SessionID, _ user: UserID, _ isFinal: Bool, _ transaction: PostgresTransaction
  ) async throws -> Bool {
    let rows = try await transaction.query(
      """
      INSERT INTO care_plan_work (session_id, user_id)
      SELECT \(session.text), \(user.uuid)
      WHERE NOT EXISTS (SELECT FROM users WHERE id = \(user.uuid) AND deleted_at IS NOT NULL)
      ON CONFLICT (session_id) DO UPDATE SET
        reason = CASE WHEN NOT \(isFinal) THEN care_plan_work.reason END,
        unopened_since = CASE WHEN NOT \(isFinal) THEN care_plan_work.unopened_since END,
        unfinished_since = CASE WHEN NOT \(isFinal) THEN care_plan_work.unfinished_since END,
        incomplete_since = CASE WHEN NOT \(isFinal) THEN care_plan_work.incomplete_since END,
        outage_since = CASE WHEN NOT \(isFinal) THEN care_plan_work.outage_since END,
        waiting_since = CASE WHEN NOT \(isFinal) THEN care_plan_work.waiting_since END,
        useless_answers = CASE WHEN NOT \(isFinal) THEN care_plan_work.useless_answers ELSE 0 END,
        useless_reason = CASE WHEN NOT \(isFinal) THEN care_plan_work.useless_reason END,
        updated_at = clock_timestamp()
      RETURNING deleted_at IS NOT NULL AS deleted
      """
    ).rows
    return try rows.first?.get("deleted", as: Bool.self) == false
  }

  public func note(
    _ reason: String, of wait: CarePlanWait, session: SessionID, user: UserID
  ) async throws -> CarePlanTimeWaited {
    func begins(_ one: CarePlanWait) -> Bool { one == wait }
    let row = try await pool.query(
      """
      INSERT INTO care_plan_work AS w
        (session_id, user_id, reason, unopened_since, unfinished_since, incomplete_since, outage_since, waiting_since)
      SELECT \(session.text), \(user.uuid), \(reason), CASE WHEN \(begins(.unopened)) THEN clock_timestamp() END,
        CASE WHEN \(begins(.unfinished)) THEN clock_timestamp() END,
        CASE WHEN \(begins(.incomplete)) THEN clock_timestamp() END,
        CASE WHEN \(begins(.outage)) THEN clock_timestamp() END,
        CASE WHEN \(wait != .outage) THEN clock_timestamp() END
      WHERE NOT EXISTS (SELECT FROM users WHERE id = \(user.uuid) AND deleted_at IS NOT NULL)
      ON CONFLICT (session_id) DO UPDATE SET
        reason = EXCLUDED.reason, updated_at = clock_timestamp(),
        unopened_since = CASE WHEN EXCLUDED.outage_since IS NULL
          THEN coalesce(w.unopened_since, EXCLUDED.unopened_since) END,
        unfinished_since = CASE WHEN EXCLUDED.outage_since IS NULL
          THEN coalesce(w.unfinished_since, EXCLUDED.unfinished_since) END,
        incomplete_since = CASE WHEN EXCLUDED.outage_since IS NULL
          THEN coalesce(w.incomplete_since, EXCLUDED.incomplete_since) END,
        outage_since = CASE WHEN
          EXCLUDED.unopened_since IS NOT NULL AND w.unopened_since < statement_timestamp() - interval '1 hour'
          OR EXCLUDED.unfinished_since IS NOT NULL AND w.unfinished_since < statement_timestamp() - interval '1 hour'
          OR EXCLUDED.incomplete_since IS NOT NULL AND w.incomplete_since < statement_timestamp() - interval '1 hour'
          THEN NULL ELSE coalesce(w.outage_since, EXCLUDED.outage_since) END,
        waiting_since = coalesce(w.waiting_since, EXCLUDED.waiting_since)
      RETURNING (extract(epoch FROM clock_timestamp() - CASE \(wait.rawValue)
        WHEN 'unopened' THEN unopened_since WHEN 'unfinished' THEN unfinished_since
        WHEN 'incomplete' THEN incomplete_since WHEN 'outage' THEN outage_since END) * 1000)::bigint AS waited_ms,
        (extract(epoch FROM clock_timestamp() - waiting_since) * 1000)::bigint AS in_all_ms
      """
    ).rows.first
    return CarePlanTimeWaited(
      lasted: .milliseconds(max(0, try row?.get("waited_ms", as: Int64?.self) ?? 0)),
      inAll: .milliseconds(max(0, try row?.get("in_all_ms", as: Int64?.self) ?? 0)))
  }

  public func noteUselessAnswer(_ reason: String, session: SessionID, user: UserID) async throws -> Int {
    let row = try await pool.query(
      """
      INSERT INTO care_plan_work AS w (session_id, user_id, reason, useless_answers, useless_reason)
      SELECT \(session.text), \(user.uuid), \(reason), 1, \(reason)
      WHERE NOT EXISTS (SELECT FROM users WHERE id = \(user.uuid) AND deleted_at IS NOT NULL)
      ON CONFLICT (session_id) DO UPDATE SET
        reason = EXCLUDED.reason, useless_answers = w.useless_answers + 1, useless_reason = EXCLUDED.useless_reason,
        updated_at = clock_timestamp()
      RETURNING useless_answers
      """
    ).rows.first
    return try row?.get("useless_answers", as: Int.self) ?? 0
  }

  /// A final result of the release before leaves the count, and no `reason`. Its useless answers have no other one.
  public func lastReason(_ session: SessionID, afterUseless answers: Int) async throws -> String? {
    let row = try await pool.query(
      """
      SELECT coalesce(useless_reason, reason) AS reason FROM care_plan_work
      WHERE session_id = \(session.text) AND useless_answers >= \(answers) AND reason IS NOT NULL
      """
    ).rows.first
    return try row?.get("reason", as: String.self)
  }

  private struct Columns {
    let status: String
    let reason: String?
    var plan: String?
    var sealed: [UInt8]?
    var key: UUID?

    /// Seals the plan under the user's data key.
    mutating func seal(
      _ json: String, _ session: SessionID, _ user: UserID, by sealer: any CarePlanSealer,
      _ transaction: PostgresTransaction
    ) async throws {
      let dataKey = try await CarePlanKeyStatements.key(of: user, by: sealer, in: transaction)
      sealed = try sealer.seal(json, of: session, under: dataKey)
      (plan, key) = (nil, dataKey.id)
    }

    init(_ plan: CarePlanOutcome) {
      switch plan {
      case .ready(let json): (status, reason, self.plan) = ("ready", nil, json)
      case .skipped(let reason): (status, self.reason, self.plan) = ("skipped", reason, nil)
      case .failed(let reason): (status, self.reason, self.plan) = ("failed", reason, nil)
      }
    }
  }
}
