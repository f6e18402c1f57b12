import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Writes a link with the event that asks for its mail, and counts the links of an address.
struct MailedAccountLinkIssuer: Sendable {
  private let outbox = PostgresOutbox(source: "auth")

  /// Counts one more link to the address, in one statement: of many at once only as many as are allowed are counted.
  /// - Returns: false if the address has had its share.
  func count(_ purpose: MailedAccountLinkPurpose, to address: EmailAddress, in transaction: PostgresTransaction)
    async throws
    -> Bool
  {
    guard let most = purpose.mostAnHour.map(Int64.init) else { return true }
    let counted = try await transaction.query(
      """
      INSERT INTO link_quotas AS q (address_hash, purpose, sent_at, last_sent_at)
      VALUES (sha256(convert_to(\(address.canonical), 'UTF8')), \(purpose.rawValue), ARRAY[clock_timestamp()],
        clock_timestamp())
      ON CONFLICT (address_hash, purpose) DO UPDATE SET last_sent_at = clock_timestamp(),
        sent_at = q.sent_at[greatest(1, cardinality(q.sent_at) - \(most)::int + 2):] || clock_timestamp()
      WHERE (cardinality(q.sent_at) < \(most) OR q.sent_at[1] <= statement_timestamp() - interval '1 hour')
        AND q.last_sent_at <= statement_timestamp() - \(purpose.pause.components.seconds) * interval '1 second'
      """)
    return counted.affectedRows == 1
  }

  /// How long the address still has to wait.
  func wait(
    for purpose: MailedAccountLinkPurpose, to address: EmailAddress, in transaction: PostgresTransaction
  ) async throws -> Duration {
    let found = try await transaction.query(
      """
      SELECT greatest(1, ceil(extract(epoch FROM greatest(
        last_sent_at + \(purpose.pause.components.seconds) * interval '1 second',
        CASE WHEN cardinality(sent_at) >= \(Int64(purpose.mostAnHour ?? 0)) THEN sent_at[1] + interval '1 hour' END
      ) - clock_timestamp())))::bigint AS seconds
      FROM link_quotas
      WHERE address_hash = sha256(convert_to(\(address.canonical), 'UTF8')) AND purpose = \(purpose.rawValue)
      """)
    return .seconds(try found.rows.first?.get("seconds", as: Int64.self) ?? 1)
  }

  /// Makes a reset for the account of the address, if there is one. It is one statement, with the event, so that an
  /// address without an account takes as long.
  func issueReset(to address: EmailAddress, in transaction: PostgresTransaction) async throws {
    let (purpose, event) = (MailedAccountLinkPurpose.resetPassword, MailedAccountLinkRequested.self)
    let origin = RequestOrigin.current
    try await transaction.query(
      """
      WITH made AS (
        INSERT INTO account_links (purpose, user_id, email, expires_at)
        SELECT \(purpose.rawValue), id, email,
          date_trunc('second', clock_timestamp() + \(purpose.life.components.seconds) * interval '1 second')
        FROM users WHERE lower(email) = \(address.canonical) AND address_problem IS NULL AND disabled_at IS NULL
        FOR SHARE RETURNING id, user_id),
      recorded AS (
        INSERT INTO security_events (user_id, kind, network, device_id, request_id)
        SELECT user_id, \(SecurityEventKind.passwordResetRequested.rawValue), \(origin?.network?.description),
          \(origin?.device?.uuid), \(origin?.requestID)
        FROM made)
      INSERT INTO outbox (source, context, type, subject, data)
      SELECT \(outbox.source), \(event.context.rawValue), \(event.type), user_id::text,
        json_build_object('link_id', id, 'purpose', \(purpose.rawValue)::text, 'user_id', user_id)::text
      FROM made
      """)
    outbox.wake(after: transaction)
  }

  /// Lets the verifications of an address that nobody has proven choose a password: the open ones, and those that are
  /// asked for later.
  func letVerificationsChoosePassword(of address: EmailAddress, in transaction: PostgresTransaction) async throws {
    try await transaction.query(
      """
      WITH account AS (
        UPDATE users SET registered_again = true WHERE lower(email) = \(address.canonical) AND address_problem IS NULL
          AND email_verified_at IS NULL RETURNING id)
      UPDATE account_links l SET chooses_password = true FROM account
      WHERE l.user_id = account.id AND l.used_at IS NULL AND l.purpose = \(MailedAccountLinkPurpose.verifyEmail.rawValue)
      """)
  }

  /// The account's row is to be locked before.
  /// - Parameter email: the account's address.
  func issue(
    _ purpose: MailedAccountLinkPurpose, user: UserID, email: String, newEmail: String? = nil,
    in transaction: PostgresTransaction
  ) async throws {
    let made = try await transaction.query(
      """
      INSERT INTO account_links (purpose, user_id, email, new_email, expires_at, chooses_password)
      SELECT \(purpose.rawValue), id, \(email), \(newEmail),
        date_trunc('second', clock_timestamp() + \(purpose.life.components.seconds) * interval '1 second'),
        registered_again AND \(purpose == .verifyEmail)
      FROM users WHERE id = \(user.uuid)
      RETURNING id
      """)
    guard let row = made.rows.first else { return }
    let id = try row.get("id", as: UUID.self).uuidString.lowercased()
    if purpose == .verifyEmail {
      try await outbox.append(EmailVerificationRequested(userID: user, verificationID: id), in: transaction)
    } else {
      try await outbox.append(MailedAccountLinkRequested(userID: user, linkID: id, purpose: purpose), in: transaction)
    }
  }
}
