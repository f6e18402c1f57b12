import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// The time of links whose mails are about to be sent. The auth service owns the rows, and lets the task service change
/// the expiry of links that are not used.
public struct PostgresMailedLinkRenewer: MailedLinkRenewer {
  private let database: any PostgresStatementRunner

  public init(database: any PostgresStatementRunner) { self.database = database }

  public func renew(
    _ id: String, of user: UserID, for purpose: MailedAccountLinkPurpose, mayBeThere: Bool
  ) async throws -> MailedLinkTime {
    guard let uuid = UUID(uuidString: id) else { return .closed }
    let (life, renewable) = (purpose.life.components.seconds, purpose.renewableFor.components.seconds)
    let least = mayBeThere ? 0 : life / 2
    let found = try await database.query(
      """
      WITH link AS (
        SELECT l.id, l.expires_at, l.requested_at,
          EXISTS (
            SELECT FROM account_links n WHERE n.user_id = l.user_id AND n.purpose = l.purpose
              AND n.requested_at > l.requested_at) AS replaced
        FROM account_links l JOIN users u ON u.id = l.user_id AND u.address_problem IS NULL
        WHERE l.id = \(uuid) AND l.user_id = \(user.uuid) AND l.purpose = \(purpose.rawValue) AND l.used_at IS NULL
          AND (lower(u.email) = lower(l.email) OR l.purpose = \(MailedAccountLinkPurpose.undoEmailChange.rawValue))
          AND (u.email_verified_at IS NULL OR l.purpose <> \(MailedAccountLinkPurpose.verifyEmail.rawValue))
      ), renewed AS (
        UPDATE account_links l SET code_tries = 0,
          expires_at = date_trunc('second', clock_timestamp() + \(life) * interval '1 second')
        FROM link
        WHERE l.id = link.id AND l.used_at IS NULL AND NOT link.replaced
          AND l.expires_at < statement_timestamp() + \(least) * interval '1 second'
          AND l.requested_at > statement_timestamp() - \(renewable) * interval '1 second'
        RETURNING l.expires_at
      )
      SELECT link.replaced, coalesce(renewed.expires_at, link.expires_at) AS expires_at,
        coalesce(renewed.expires_at, link.expires_at) > statement_timestamp() AS open
      FROM link LEFT JOIN renewed ON true
      """)
    guard let row = found.rows.first else { return .closed }
    if try row.get("open") { return .until(try row.get("expires_at")) }
    return try row.get("replaced") ? .closed : .over
  }
}
