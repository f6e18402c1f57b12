import Application
import Domain
import PostgresDriver

/// Deletes care plans for their owners.
public struct PostgresCarePlanEraser: CarePlanEraser {
  private let pool: PostgresPool

  public init(pool: PostgresPool) { self.pool = pool }

  /// The mark comes first: it waits for a plan that is being stored, and one that is stored later finds it.
  public func erase(_ session: SessionID, of user: UserID) async throws {
    try await pool.transaction { transaction in
      try await transaction.query(
        """
        INSERT INTO care_plan_work (session_id, user_id, deleted_at)
        VALUES (\(session.text), \(user.uuid), clock_timestamp())
        ON CONFLICT (session_id) DO UPDATE SET
          deleted_at = coalesce(care_plan_work.deleted_at, clock_timestamp()), updated_at = clock_timestamp()
        """)
      try await transaction.query("DELETE FROM care_plans WHERE session_id = \(session.text)")
      // A long talk's parts. A handler that is still at work keeps none any more, but for one that it keeps just now.
      try await transaction.query(
        "UPDATE tasks SET steps = NULL WHERE unique_key = \("care_plan:\(session)") AND steps IS NOT NULL")
    }
  }
}
