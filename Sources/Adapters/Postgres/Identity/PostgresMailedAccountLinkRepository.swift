import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Mailed links in Postgres, which also decides by its clock whether a link is still valid.
public struct PostgresMailedAccountLinkRepository: MailedAccountLinkRepository {
  private let database: PostgresPool
  private let issuer = MailedAccountLinkIssuer()

  public init(database: PostgresPool) { self.database = database }

  public func link(_ id: String) async throws(IdentityError) -> MailedAccountLink? {
    guard let uuid = UUID(uuidString: id) else { return nil }
    return try await reporting {
      try await database.query(
        """
        SELECT l.id, l.purpose, l.user_id, l.email, l.new_email, l.expires_at, l.chooses_password FROM account_links l
        JOIN users u ON u.id = l.user_id AND u.address_problem IS NULL
        WHERE l.id = \(uuid) AND l.used_at IS NULL AND l.expires_at > statement_timestamp()
          AND (l.purpose = \(MailedAccountLinkPurpose.undoEmailChange.rawValue) OR lower(u.email) = lower(l.email))
        """
      ).rows.first.flatMap(Self.link)
    }
  }

  public func countCodeTry(
    for purposes: Set<MailedAccountLinkPurpose>, of holder: MailedCodeHolder
  ) async throws(IdentityError) -> [MailedAccountLink] {
    try await reporting {
      try await database.transaction { transaction in
        // All tries of an account follow each other, since each locks it.
        let user = try await lock(holder, purposes, transaction)
        return try await tried(purposes, of: user, transaction).compactMap(Self.link)
      }
    }
  }

  /// Counts the try on the links, and then on the day of each address that their codes were mailed to.
  private func tried(
    _ purposes: Set<MailedAccountLinkPurpose>, of user: UUID?, _ transaction: PostgresTransaction
  ) async throws -> [PostgresRow] {
    try await transaction.query(
      """
      WITH tried AS (
        UPDATE account_links l SET code_tries = code_tries + 1 FROM users u
        WHERE l.user_id = \(user) AND l.purpose = ANY(\(purposes.map(\.rawValue))) AND l.used_at IS NULL
          AND l.expires_at > statement_timestamp() AND l.code_tries < \(Int64(MailedCode.mostTries))
          AND u.id = l.user_id AND lower(u.email) = lower(l.email) AND NOT l.chooses_password
        RETURNING l.id, l.purpose, l.user_id, l.email, l.new_email, l.expires_at, l.chooses_password,
          sha256(convert_to(lower(coalesce(l.new_email, l.email)), 'UTF8')) AS address_hash),
      counted AS (
        INSERT INTO code_comparisons AS c (address_hash, purpose, since, compared)
        SELECT address_hash, purpose, statement_timestamp(), count(*) FROM tried GROUP BY address_hash, purpose
        ON CONFLICT (address_hash, purpose) DO UPDATE SET
          since = CASE WHEN c.since <= statement_timestamp() - interval '1 day' THEN excluded.since ELSE c.since END,
          compared = excluded.compared
            + CASE WHEN c.since <= statement_timestamp() - interval '1 day' THEN 0 ELSE c.compared END
        WHERE c.since <= statement_timestamp() - interval '1 day'
          OR c.compared + excluded.compared <= \(Int64(MailedCode.mostComparisonsADay))
        RETURNING c.address_hash, c.purpose)
      SELECT t.id, t.purpose, t.user_id, t.email, t.new_email, t.expires_at, t.chooses_password
      FROM tried t JOIN counted USING (address_hash, purpose)
      """
    ).rows
  }

  private func lock(
    _ holder: MailedCodeHolder, _ purposes: Set<MailedAccountLinkPurpose>, _ transaction: PostgresTransaction
  ) async throws -> UUID? {
    switch holder {
    case .user(let user):
      return try await transaction.query(
        "SELECT id FROM users WHERE id = \(user.uuid) AND address_problem IS NULL FOR NO KEY UPDATE"
      ).rows.first?.get("id", as: UUID.self)
    case .address(let address):
      // The row of the address's mails is there with and without an account, and its lock is what the commit waits for.
      // An address without it was mailed no code, so that nothing of an account is looked at.
      let mailed = try await transaction.query(
        """
        SELECT purpose FROM link_quotas WHERE address_hash = sha256(convert_to(\(address.canonical), 'UTF8'))
          AND purpose = ANY(\(purposes.map(\.rawValue))) FOR UPDATE
        """)
      if mailed.rows.isEmpty { return nil }
      return try await transaction.query(
        """
        SELECT id FROM users WHERE lower(email) = \(address.canonical) AND address_problem IS NULL FOR NO KEY UPDATE
        """
      ).rows.first?.get("id", as: UUID.self)
    }
  }

  public func requestVerification(of user: UserID) async throws(IdentityError) {
    try await reporting {
      try await database.transaction { transaction in
        let found = try await transaction.query(
          """
          SELECT email FROM users WHERE id = \(user.uuid) AND email_verified_at IS NULL AND address_problem IS NULL
          FOR SHARE
          """)
        guard let address = try found.rows.first.flatMap({ EmailAddress(try $0.get("email")) }) else { return }
        try await DeviceStatements.requireOpenCaller(user, in: transaction)
        try await count(.verifyEmail, to: address, transaction)
        try await issuer.issue(.verifyEmail, user: user, email: address.text, in: transaction)
      }
    }
  }

  public func requestPasswordReset(of email: EmailAddress, isRegistration: Bool) async throws(IdentityError) {
    try await reporting {
      try await database.transaction { transaction in
        let isCounted = try await issuer.count(.resetPassword, to: email, in: transaction)
        if isRegistration { try await issuer.letVerificationsChoosePassword(of: email, in: transaction) }
        if isCounted { try await issuer.issueReset(to: email, in: transaction) }
      }
    }
  }

  public func requestEmailChange(of user: UserID, to email: EmailAddress) async throws(IdentityError) {
    try await reporting {
      try await database.transaction { transaction in
        let found = try await transaction.query(
          // Of two requests at once each finds the other's link, or waits for it.
          "SELECT email FROM users WHERE id = \(user.uuid) AND address_problem IS NULL FOR NO KEY UPDATE")
        guard let current = try found.rows.first?.get("email", as: String.self) else { throw IdentityError.accountGone }
        try await DeviceStatements.requireOpenCaller(user, in: transaction)
        if current == email.text { throw IdentityError.emailTaken }
        try await count(.changeEmail, to: email, transaction)
        // One try of a code is compared with one change, and a link to an address that was mistyped works no more.
        try await transaction.query(
          """
          DELETE FROM account_links
          WHERE user_id = \(user.uuid) AND used_at IS NULL AND purpose = \(MailedAccountLinkPurpose.changeEmail.rawValue)
          """)
        try await issuer.issue(.changeEmail, user: user, email: current, newEmail: email.text, in: transaction)
        try await SecurityTrail.append(.emailChangeRequested, of: user, in: transaction)
      }
    }
  }

  public func requestReauthentication(of user: UserID) async throws(IdentityError) {
    try await reporting {
      try await database.transaction { transaction in
        let found = try await transaction.query(
          "SELECT email FROM users WHERE id = \(user.uuid) AND address_problem IS NULL FOR SHARE")
        guard let row = found.rows.first, let address = EmailAddress(try row.get("email")) else {
          throw IdentityError.accountGone
        }
        try await DeviceStatements.requireOpenCaller(user, in: transaction)
        try await count(.reauthenticate, to: address, transaction)
        try await issuer.issue(.reauthenticate, user: user, email: address.text, in: transaction)
      }
    }
  }

  public func use(_ link: MailedAccountLink) async throws(IdentityError) -> Bool {
    guard let id = UUID(uuidString: link.id) else { return false }
    return try await reporting {
      try await database.query(
        """
        UPDATE account_links SET used_at = clock_timestamp()
        WHERE id = \(id) AND user_id = \(link.user.uuid) AND purpose = \(link.purpose.rawValue) AND used_at IS NULL
          AND expires_at > statement_timestamp()
        """
      ).affectedRows == 1
    }
  }

  private func count(
    _ purpose: MailedAccountLinkPurpose, to address: EmailAddress, _ transaction: PostgresTransaction
  ) async throws {
    guard try await issuer.count(purpose, to: address, in: transaction) else {
      throw IdentityError.mailLimit(retryAfter: try await issuer.wait(for: purpose, to: address, in: transaction))
    }
  }

  private static func link(_ row: PostgresRow) throws -> MailedAccountLink? {
    guard let purpose = MailedAccountLinkPurpose(rawValue: try row.get("purpose")),
      let email = EmailAddress(try row.get("email"))
    else { return nil }
    return MailedAccountLink(
      id: try row.get("id", as: UUID.self).uuidString.lowercased(), purpose: purpose,
      user: UserID(try row.get("user_id", as: UUID.self)), email: email,
      newEmail: try row.get("new_email", as: String?.self).flatMap { EmailAddress($0) },
      expiresAt: try row.get("expires_at"), choosesPassword: try row.get("chooses_password"))
  }
}
