import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Changes of passwords and addresses in Postgres. Each locks its account first, so that two changes follow each other.
public struct PostgresPasswordAndEmailRepository: PasswordAndEmailRepository {
  private let database: PostgresPool
  private let copy: any RevocationCache
  private let outbox = PostgresOutbox(source: "auth")
  private let issuer = MailedAccountLinkIssuer()

  public init(database: PostgresPool, copy: any RevocationCache) {
    self.database = database
    self.copy = copy
  }

  public func verifyEmail(by link: MailedAccountLink) async throws(IdentityError) {
    try await changing(link.user) { transaction, account in
      try await use(link, of: account, transaction)
      try await proved(account, transaction)
      return []
    }
  }

  public func resetPassword(by link: MailedAccountLink, to hash: String) async throws(IdentityError) {
    try await changing(link.user) { transaction, account in
      try await use(link, of: account, transaction)
      try await transaction.query("UPDATE users SET password_hash = \(hash) WHERE id = \(account.id.uuid)")
      let waysIn = WaysInRemoval(user: account.id, cause: .passwordReset, outbox: outbox)
      if account.isVerified {
        try await waysIn.recent(in: transaction)
        try await SecondFactorStatements.unlock(account.id, in: transaction)
      } else {
        try await waysIn.all(in: transaction)
        // A text of whoever registered the address, which mails to its owner would contain from now on.
        try await transaction.query("UPDATE users SET name = NULL WHERE id = \(account.id.uuid)")
      }
      try await proved(account, transaction)
      try await PostgresPasswordAttemptRepository.forgetAll(account.email, in: transaction)
      return try await passwordChanged(account.id, transaction)
    }
  }

  public func changePassword(
    of user: UserID, from old: String, to new: String, keeping device: DeviceID
  ) async throws(IdentityError) {
    try await changing(user) { transaction, account in
      try await DeviceStatements.requireOpenCaller(user, in: transaction)
      let changed = try await transaction.query(
        "UPDATE users SET password_hash = \(new) WHERE id = \(user.uuid) AND password_hash = \(old)")
      guard changed.affectedRows == 1 else { throw IdentityError.invalidCredentials }
      return try await passwordChanged(user, keeping: device, transaction)
    }
  }

  public func changeEmail(by link: MailedAccountLink) async throws(IdentityError) {
    try await changing(link.user) { transaction, account in
      guard let new = link.newEmail else { throw IdentityError.invalidLink }
      try await use(link, of: account, transaction)
      try await AddressReservation.lock(account.email, in: transaction)
      try await setEmail(new, of: account.id, transaction)
      try await SecurityTrail.append(.emailChanged, of: account.id, in: transaction)
      // These were mailed to the old address.
      try await withdraw([.verifyEmail, .resetPassword, .changeEmail, .reauthenticate], of: account.id, transaction)
      if !account.isVerified { try await outbox.append(EmailVerified(userID: account.id), in: transaction) }
      // Nobody has proven the old address, so it gets no power over the account.
      guard account.isVerified else { return [] }
      try await issuer.issue(
        .undoEmailChange, user: account.id, email: account.email, newEmail: new.text, in: transaction)
      return []
    }
  }

  public func undoEmailChange(by link: MailedAccountLink) async throws(IdentityError) {
    try await changing(link.user) { transaction, account in
      try await use(link, of: account, transaction)
      try await setEmail(link.email, of: account.id, transaction)
      try await SecurityTrail.append(.emailChangeUndone, of: account.id, in: transaction)
      // Whoever changed the address knew the password, and may have linked a Google account, added a passkey or
      // enrolled an app. The owner resets it.
      try await transaction.query("UPDATE users SET password_hash = NULL WHERE id = \(account.id.uuid)")
      try await WaysInRemoval(user: account.id, cause: .emailChangeUndone, outbox: outbox).all(in: transaction)
      try await withdraw([.verifyEmail, .resetPassword, .changeEmail, .reauthenticate], of: account.id, transaction)
      guard let id = UUID(uuidString: link.id) else { throw IdentityError.invalidLink }
      // Whoever changed the address once more had an undoing mailed to the address between.
      try await transaction.query(
        """
        DELETE FROM account_links l USING account_links used
        WHERE used.id = \(id) AND l.user_id = used.user_id AND l.used_at IS NULL AND l.purpose = used.purpose
          AND l.requested_at > used.requested_at
        """)
      return try await DeviceStatements.endAll(of: account.id, cause: .emailChanged, in: transaction)
    }
  }

  // MARK: steps

  private struct Locked: Sendable {
    let id: UserID
    let email: String
    let isVerified: Bool
    let isDisabled: Bool
  }

  /// Runs a change of the account.
  /// - Parameter body: returns the revocations of the devices that it ended.
  private func changing(
    _ user: UserID, _ body: @Sendable (PostgresTransaction, Locked) async throws -> [Revocation]
  ) async throws(IdentityError) {
    let ended: [Revocation] = try await reporting {
      try await database.transaction { transaction in
        let found = try await transaction.query(
          """
          SELECT email, email_verified_at IS NOT NULL AS verified, disabled_at IS NOT NULL AS disabled FROM users
          WHERE id = \(user.uuid) AND address_problem IS NULL FOR UPDATE
          """)
        guard let row = found.rows.first else { throw IdentityError.accountGone }
        let account = Locked(
          id: user, email: try row.get("email"), isVerified: try row.get("verified"),
          isDisabled: try row.get("disabled"))
        return try await body(transaction, account)
      }
    }
    // The change is made. If Redis is away, its copy of the revocations is filled as soon as it is back, and no token
    // is accepted meanwhile.
    if !ended.isEmpty { try? await copy.fill(with: ended, whole: false) }
  }

  private func use(_ link: MailedAccountLink, of account: Locked, _ transaction: PostgresTransaction) async throws {
    guard let id = UUID(uuidString: link.id),
      link.purpose == .undoEmailChange || account.email.lowercased() == link.email.canonical
    else { throw IdentityError.invalidLink }
    let used = try await transaction.query(
      """
      UPDATE account_links SET used_at = clock_timestamp()
      WHERE id = \(id) AND user_id = \(account.id.uuid) AND purpose = \(link.purpose.rawValue)
        AND chooses_password = \(link.choosesPassword) AND used_at IS NULL AND expires_at > statement_timestamp()
      """)
    guard used.affectedRows == 1 else { throw IdentityError.invalidLink }
    // Only now, so that nothing but a valid link learns it. The transaction is taken back, and with it the use.
    if account.isDisabled, !link.purpose.worksWhileDisabled { throw IdentityError.accountDisabled }
  }

  /// Whoever used a link to the account's address reads its mail. Its other verifications are not needed any more.
  private func proved(_ account: Locked, _ transaction: PostgresTransaction) async throws {
    if account.isVerified { return }
    try await transaction.query(
      """
      UPDATE users SET email_verified_at = clock_timestamp(), registered_again = false WHERE id = \(account.id.uuid)
      """)
    try await withdraw([.verifyEmail], of: account.id, transaction)
    // Strangers may have guessed before, also while there was no account.
    try await PostgresPasswordAttemptRepository.forgetAll(account.email, in: transaction)
    try await outbox.append(EmailVerified(userID: account.id), in: transaction)
    try await SecurityTrail.append(.emailVerified, of: account.id, in: transaction)
  }

  private func setEmail(_ email: EmailAddress, of user: UserID, _ transaction: PostgresTransaction) async throws {
    try await AddressReservation.demand(email, for: user, in: transaction)
    do {
      try await transaction.query(
        "UPDATE users SET email = \(email.text), email_verified_at = clock_timestamp() WHERE id = \(user.uuid)")
    } catch {
      if error.uniqueViolation != nil { throw IdentityError.emailTaken }
      throw error
    }
  }

  /// A change of the address that was requested under the old password is withdrawn, too: a thief may have asked for
  /// it.
  private func passwordChanged(
    _ user: UserID, keeping device: DeviceID? = nil, _ transaction: PostgresTransaction
  ) async throws -> [Revocation] {
    try await withdraw([.resetPassword, .changeEmail], of: user, transaction)
    try await transaction.query(
      "DELETE FROM account_links WHERE user_id = \(user.uuid) AND used_at IS NULL AND chooses_password")
    try await outbox.append(
      PasswordChanged(userID: user, changeID: UUID().uuidString.lowercased()), in: transaction)
    try await SecurityTrail.append(device == nil ? .passwordReset : .passwordChanged, of: user, in: transaction)
    return try await DeviceStatements.endAll(
      of: user, except: device, cause: device == nil ? .passwordReset : .passwordChanged, in: transaction)
  }

  private func withdraw(
    _ purposes: [MailedAccountLinkPurpose], of user: UserID, _ transaction: PostgresTransaction
  ) async throws {
    try await transaction.query(
      """
      DELETE FROM account_links
      WHERE user_id = \(user.uuid) AND used_at IS NULL AND purpose = ANY(\(purposes.map(\.rawValue)))
      """)
  }
}
