import Domain
import FoundationEssentials
import PostgresDriver

/// What an operator grants or refunds, counted in the transaction of it.
struct OperatorDailyUse: Sendable {
  private let actor: String
  private let granted, refunded: Int64

  init(actor: String, granted: TalkTime) { (self.actor, self.granted, refunded) = (actor, granted.milliseconds, 0) }

  init(actor: String, refunded: Paise) { (self.actor, granted, self.refunded) = (actor, 0, refunded.count) }

  /// Counts it in one statement, whose row stays locked until the end of the transaction: of any number at once only as
  /// many are counted as the cap allows. The day is that of Postgres, in UTC.
  /// - Parameter cap: in the unit of what is counted.
  /// - Returns: false if it would be above the cap, and then nothing was counted.
  func count(below cap: Int64, in transaction: PostgresTransaction) async throws -> Bool {
    // Only users have a cap.
    guard let actor = UUID(uuidString: actor) else { return false }
    return try await transaction.query(
      """
      INSERT INTO operator_daily_use AS u (actor, day, granted_ms, refunded_paise)
      SELECT \(actor), today, \(granted), \(refunded) FROM (SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date) AS d (today)
      WHERE greatest(\(granted)::bigint, \(refunded)::bigint) <= \(cap)
      ON CONFLICT (actor) DO UPDATE SET day = excluded.day,
        granted_ms = excluded.granted_ms + CASE WHEN u.day = excluded.day THEN u.granted_ms ELSE 0 END,
        refunded_paise = excluded.refunded_paise + CASE WHEN u.day = excluded.day THEN u.refunded_paise ELSE 0 END
      WHERE CASE WHEN excluded.granted_ms > 0
        THEN excluded.granted_ms + CASE WHEN u.day = excluded.day THEN u.granted_ms ELSE 0 END
        ELSE excluded.refunded_paise + CASE WHEN u.day = excluded.day THEN u.refunded_paise ELSE 0 END END <= \(cap)
      """
    ).affectedRows == 1
  }
}
