import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Deletes accounts in Postgres. The row of an account stays, without anything that names a person.
public struct PostgresAccountDeletionRepository: AccountDeletionRepository {
  /// The tables of auth whose rows go with their user. Devices are among them: their revocations stay until the last
  /// token has expired.
  package static let erased = [
    "devices", "account_links", "consents", "passkeys", "totp_factors", "recovery_codes", "sign_in_challenges",
    "security_events",
  ]

  private let database: PostgresPool
  private let copy: any RevocationCache
  private let outbox = PostgresOutbox(source: "auth")

  public init(database: PostgresPool, copy: any RevocationCache) {
    self.database = database
    self.copy = copy
  }

  public func delete(
    _ user: UserID, provenBy proof: OwnershipProof, forfeitsBalance: Bool
  ) async throws(IdentityError) -> AccountDeletionResult {
    let (result, ended) = try await reporting {
      try await database.transaction { transaction -> (AccountDeletionResult, [Revocation]) in
        try await AccountLock.own(user, in: transaction)
        guard let isProven = try await isProven(proof, user, transaction) else { return (.gone, []) }
        try await DeviceStatements.requireOpenCaller(user, in: transaction)
        guard isProven else { return (.notProven, []) }
        let left = try await balance(of: user, transaction)
        if left > .zero, !forfeitsBalance { return (.balanceLeft(left), []) }
        let ended = try await DeviceStatements.endAll(of: user, cause: .accountDeleted, in: transaction)
        for account in try await merged(into: user, transaction) + [user] {
          try await erase(account, transaction)
          try await outbox.append(UserDeleted(userID: account), in: transaction)
        }
        return (.deleted, ended)
      }
    }
    // The account is deleted. If Redis is away, its copy of the revocations is filled as soon as it is back, and no
    // token is accepted meanwhile.
    if !ended.isEmpty { try? await copy.fill(with: ended, whole: false) }
    return result
  }

  /// Locks the account.
  /// - Returns: nil if there is none.
  private func isProven(
    _ proof: OwnershipProof, _ user: UserID, _ transaction: PostgresTransaction
  ) async throws -> Bool? {
    let found = try await transaction.query(
      """
      SELECT password_hash, google_sub FROM users WHERE id = \(user.uuid) AND address_problem IS NULL FOR UPDATE
      """)
    guard let row = found.rows.first else { return nil }
    switch proof {
    case .password(let hash): return try row.get("password_hash", as: String?.self) == hash
    case .google(let subject): return try row.get("google_sub", as: String?.self) == subject
    case .passkey(let passkey):
      return try await !transaction.query(
        "SELECT 1 AS one FROM passkeys WHERE id = \(passkey.uuid) AND user_id = \(user.uuid)"
      ).rows.isEmpty
    case .mailedCode(let link):
      // The row goes with the account, so that a deletion uses it up.
      return try await !transaction.query(
        """
        SELECT 1 AS one FROM account_links WHERE id = \(UUID(uuidString: link)) AND user_id = \(user.uuid)
          AND purpose = \(MailedAccountLinkPurpose.reauthenticate.rawValue) AND used_at IS NULL
          AND expires_at > statement_timestamp()
        """
      ).rows.isEmpty
    }
  }

  /// What is available and what a live talk or a refund holds.
  private func balance(of user: UserID, _ transaction: PostgresTransaction) async throws -> TalkTime {
    let found = try await transaction.query(
      "SELECT available_ms + held_ms AS balance_ms FROM wallets WHERE user_id = \(user.uuid)")
    return .milliseconds(try found.rows.first?.get("balance_ms", as: Int64.self) ?? 0)
  }

  /// The accounts that became this one. Each still has its own address.
  private func merged(into user: UserID, _ transaction: PostgresTransaction) async throws -> [UserID] {
    try await transaction.query(
      """
      WITH RECURSIVE merged AS (
        SELECT id FROM users WHERE merged_into = \(user.uuid)
        UNION SELECT u.id FROM users u JOIN merged m ON u.merged_into = m.id)
      SELECT id FROM merged
      """
    ).rows.map { UserID(try $0.get("id", as: UUID.self)) }
  }

  /// The session service refuses a talk of a disabled account, so that a deleted one is disabled, too.
  private func erase(_ user: UserID, _ transaction: PostgresTransaction) async throws {
    for table in Self.erased {
      try await transaction.query(PostgresQuery(script: "DELETE FROM \(table) WHERE user_id = '\(user)'"))
    }
    try await transaction.query(
      """
      DELETE FROM password_attempts WHERE address_hash = (
        SELECT sha256(convert_to(lower(email), 'UTF8')) FROM users WHERE id = \(user.uuid))
      """)
    try await transaction.query(
      """
      UPDATE users SET email = '', name = NULL, password_hash = NULL, google_sub = NULL, google_linked_at = NULL,
        email_verified_at = NULL, last_login = NULL, scope = '', operator_role = NULL,
        care_plan_mail = NULL,
        address_problem = coalesce(address_problem, 'deleted'),
        deleted_at = clock_timestamp(), disabled_at = coalesce(disabled_at, clock_timestamp())
      WHERE id = \(user.uuid)
      """)
  }
}
