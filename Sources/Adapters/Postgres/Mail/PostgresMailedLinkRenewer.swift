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
    for _ in 0..<3 {
      if let time = try await renewed(uuid, of: user, for: purpose, mayBeThere: mayBeThere) { return time }
    }
    throw Unsettled()
  }

  /// Others changed the link each time.
  private struct Unsettled: Error {}

  /// - Returns: nil if the link was changed at the same time, so that the time that was read is not its time any more.
  private func renewed(
    _ id: UUID, of user: UserID, for purpose: MailedAccountLinkPurpose, mayBeThere: Bool
  ) async throws -> MailedLinkTime? {
    let (life, renewable) = (purpose.life.components.seconds, purpose.renewableFor.components.seconds)
    let rest = purpose.shortestRest.components.seconds
    let least = purpose.enoughRest(mayBeThere: mayBeThere).components.seconds
    let found = try await database.query(
      """
      WITH link AS (
        SELECT l.id, l.expires_at,
          l.expires_at < statement_timestamp() + \(least) * interval '1 second'
            AND l.requested_at > statement_timestamp() - \(renewable) * interval '1 second' AS due,
          EXISTS (
            SELECT FROM account_links n WHERE n.user_id = l.user_id AND n.purpose = l.purpose
              AND n.requested_at > l.requested_at) AS replaced
        FROM account_links l JOIN users u ON u.id = l.user_id AND u.address_problem IS NULL
        WHERE l.id = \(id) AND l.user_id = \(user.uuid) AND l.purpose = \(purpose.rawValue) AND l.used_at IS NULL
          AND (lower(u.email) = lower(l.email) OR l.purpose = \(MailedAccountLinkPurpose.undoEmailChange.rawValue))
          AND (u.disabled_at IS NULL OR l.purpose = \(MailedAccountLinkPurpose.undoEmailChange.rawValue))
          AND (u.email_verified_at IS NULL OR l.purpose <> \(MailedAccountLinkPurpose.verifyEmail.rawValue))
      ), renewed AS (
        UPDATE account_links l SET code_tries = 0,
          expires_at = date_trunc('second', clock_timestamp() + \(life) * interval '1 second')
        FROM link
        WHERE l.id = link.id AND l.used_at IS NULL AND link.due AND NOT link.replaced
          AND l.expires_at < statement_timestamp() + \(least) * interval '1 second'
        RETURNING l.expires_at
      )
      SELECT link.replaced, coalesce(renewed.expires_at, link.expires_at) AS expires_at,
        coalesce(renewed.expires_at, link.expires_at) > statement_timestamp() AS open,
        link.expires_at < statement_timestamp() + \(rest) * interval '1 second' AS low,
        link.due AND NOT link.replaced AND renewed.expires_at IS NULL AS missed
      FROM link LEFT JOIN renewed ON true
      """)
    guard let row = found.rows.first else { return .closed }
    if try row.get("missed") { return nil }
    let isReplaced = try row.get("replaced", as: Bool.self)
    if isReplaced, try row.get("low", as: Bool.self) { return .closed }
    if try row.get("open") { return .until(try row.get("expires_at")) }
    return isReplaced ? .closed : .over
  }
}
