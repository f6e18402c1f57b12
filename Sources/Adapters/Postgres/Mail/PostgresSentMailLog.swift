import Application
import Domain
import PostgresDriver

/// The log of mails: those that were tried in `mail_attempts`, and those that were accepted in `sent_mails`.
public struct PostgresSentMailLog: SentMailLog {
  private let database: any PostgresStatementRunner

  public init(database: any PostgresStatementRunner) { self.database = database }

  public func state(_ customID: String) async throws -> MailLogState {
    let result = try await database.query(
      """
      SELECT EXISTS (SELECT FROM sent_mails WHERE custom_id = \(customID)) AS sent,
        a.sends, (extract(epoch FROM clock_timestamp() - a.tried_since) * 1000)::bigint AS tried_ms,
        (extract(epoch FROM clock_timestamp() - a.unconfirmed_since) * 1000)::bigint AS age_ms,
        (extract(epoch FROM a.resend_at - clock_timestamp()) * 1000)::bigint AS resend_ms
      FROM (SELECT 1) AS one LEFT JOIN mail_attempts AS a ON a.custom_id = \(customID)
      """)
    guard let row = result.rows.first else { return .untried }
    if try row.get("sent") { return .sent }
    guard let sends = try row.get("sends", as: Int?.self) else { return .untried }
    var doubt: MailAttempts.Doubt?
    if let age = try row.milliseconds("age_ms"), let resend = try row.milliseconds("resend_ms") {
      doubt = MailAttempts.Doubt(age: age, resend: resend)
    }
    return .attempted(MailAttempts(tried: try row.milliseconds("tried_ms") ?? .zero, count: sends, doubt: doubt))
  }

  public func start(_ customID: String, for user: UserID) async throws {
    try await database.query(
      """
      INSERT INTO mail_attempts AS a (custom_id, user_id, sends, tried_since)
      VALUES (\(customID), \(user.uuid), 0, clock_timestamp())
      ON CONFLICT (custom_id) DO UPDATE SET tried_since = coalesce(a.tried_since, excluded.tried_since)
      """)
  }

  public func begin(_ customID: String, for user: UserID, resendAfter resend: Duration) async throws {
    try await database.query(
      """
      INSERT INTO mail_attempts AS a (custom_id, user_id, sends, tried_since, unconfirmed_since, resend_at)
      VALUES (\(customID), \(user.uuid), 1, clock_timestamp(), clock_timestamp(),
        clock_timestamp() + \(resend.milliseconds) * interval '1 millisecond')
      ON CONFLICT (custom_id) DO UPDATE SET sends = a.sends + 1,
        tried_since = coalesce(a.tried_since, clock_timestamp()), unconfirmed_since = excluded.unconfirmed_since,
        resend_at = excluded.resend_at
      """)
  }

  public func postpone(_ customID: String, resendAfter resend: Duration) async throws {
    try await database.query(
      """
      UPDATE mail_attempts SET resend_at = clock_timestamp() + \(resend.milliseconds) * interval '1 millisecond'
      WHERE custom_id = \(customID) AND unconfirmed_since IS NOT NULL
      """)
  }

  public func withdraw(_ customID: String) async throws {
    try await database.query(
      "UPDATE mail_attempts SET unconfirmed_since = NULL, resend_at = NULL WHERE custom_id = \(customID)")
  }

  public func giveUp(_ customID: String) async throws {
    try await database.query("UPDATE mail_attempts SET tried_since = NULL WHERE custom_id = \(customID)")
  }

  public func remember(_ customID: String, for user: UserID, messageID: String?) async throws {
    try await database.query(
      """
      WITH attempt AS (DELETE FROM mail_attempts WHERE custom_id = \(customID))
      INSERT INTO sent_mails (custom_id, user_id, message_id) VALUES (\(customID), \(user.uuid), \(messageID))
      ON CONFLICT (custom_id) DO NOTHING
      """)
  }
}

extension PostgresRow {
  fileprivate func milliseconds(_ column: String) throws(PostgresError) -> Duration? {
    try get(column, as: Int64?.self).map { .milliseconds($0) }
  }
}
