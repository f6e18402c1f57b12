import Application
import Domain
import FoundationEssentials
import PostgresDriver

public struct PostgresGoogleLinkRepository: GoogleLinkRepository {
  private let database: PostgresPool
  private let copy: any RevocationCache
  private let outbox = PostgresOutbox(source: "auth")

  public init(database: PostgresPool, copy: any RevocationCache) {
    self.database = database
    self.copy = copy
  }

  public func join(_ person: GoogleIdentity) async throws(IdentityError) -> GoogleJoinResult {
    let (result, ended) = try await orTaken((GoogleJoinResult.refused, [])) {
      try await database.transaction { transaction -> (GoogleJoinResult, [Revocation]) in
        let found = try await transaction.query(
          """
          SELECT id, google_sub, email_verified_at IS NOT NULL AS verified, disabled_at IS NOT NULL AS disabled
          FROM users WHERE lower(email) = \(person.email.canonical) AND address_problem IS NULL FOR UPDATE
          """)
        guard let row = found.rows.first else { return (.refused, []) }
        if try row.get("disabled", as: Bool.self) { throw IdentityError.accountDisabled }
        let user = UserID(try row.get("id", as: UUID.self))
        let decision = GoogleJoinDecision(
          isVerified: try row.get("verified"), linkedSubject: try row.get("google_sub"), subject: person.subject)
        switch decision {
        case .refuse:
          return (.refused, [])
        case .keep:
          return (.joined(try await account(user, transaction)), [])
        case .link:
          try await link(person.subject, user, isVerified: true, bySignedIn: false, transaction)
          return (.joined(try await account(user, transaction)), [])
        case .takeOver:
          let ended = try await takeOver(user, person, transaction)
          return (.joined(try await account(user, transaction)), ended)
        }
      }
    }
    // The takeover is made. If Redis is away, its copy of the revocations is filled as soon as it is back, and no token
    // is accepted meanwhile.
    if !ended.isEmpty { try? await copy.fill(with: ended, whole: false) }
    return result
  }

  public func link(googleSubject: String, to user: UserID) async throws(IdentityError) -> GoogleLinkResult {
    try await orTaken(.taken) {
      try await database.transaction { transaction in
        let found = try await transaction.query(
          """
          SELECT google_sub, email_verified_at IS NOT NULL AS verified FROM users
          WHERE id = \(user.uuid) AND address_problem IS NULL FOR UPDATE
          """)
        guard let row = found.rows.first else { return .accountGone }
        try await DeviceStatements.requireOpenCaller(user, in: transaction)
        if let linked = try row.get("google_sub", as: String?.self) {
          return linked == googleSubject ? .linked : .linkedToAnother
        }
        try await link(googleSubject, user, isVerified: try row.get("verified"), bySignedIn: true, transaction)
        return .linked
      }
    }
  }

  public func unlink(_ user: UserID) async throws(IdentityError) -> GoogleUnlinkResult {
    try await reporting {
      try await database.transaction { transaction -> GoogleUnlinkResult in
        let found = try await transaction.query(
          """
          SELECT password_hash IS NOT NULL AS has_password FROM users
          WHERE id = \(user.uuid) AND address_problem IS NULL FOR UPDATE
          """)
        guard let row = found.rows.first else { return .accountGone }
        try await DeviceStatements.requireOpenCaller(user, in: transaction)
        guard try row.get("has_password", as: Bool.self) else { return .passwordRequired }
        try await transaction.query(
          "UPDATE users SET google_sub = NULL, google_linked_at = NULL WHERE id = \(user.uuid)")
        try await SecurityTrail.append(.googleUnlinked, of: user, in: transaction)
        return .unlinked
      }
    }
  }

  /// The mail about the new way to sign in goes to a proven address only.
  /// - Parameter bySignedIn: false if Google proved the account's address, which is as good as a mailed link.
  private func link(
    _ subject: String, _ user: UserID, isVerified: Bool, bySignedIn: Bool, _ transaction: PostgresTransaction
  ) async throws {
    let linked = try await transaction.query(
      """
      UPDATE users SET google_sub = \(subject), google_linked_at = CASE WHEN \(bySignedIn) THEN clock_timestamp() END
      WHERE id = \(user.uuid) RETURNING gen_random_uuid() AS link_id
      """)
    try await SecurityTrail.append(.googleLinked, of: user, in: transaction)
    guard isVerified, let row = linked.rows.first else { return }
    let linkID = try row.get("link_id", as: UUID.self).uuidString.lowercased()
    try await outbox.append(GoogleLinked(userID: user, linkID: linkID), in: transaction)
  }

  /// - Returns: the revocations of the ended devices.
  private func takeOver(
    _ user: UserID, _ person: GoogleIdentity, _ transaction: PostgresTransaction
  ) async throws -> [Revocation] {
    try await WaysInRemoval(user: user, cause: .claimed, outbox: outbox).all(in: transaction)
    try await transaction.query(
      """
      UPDATE users SET google_sub = \(person.subject), name = \(person.name), password_hash = NULL,
        email_verified_at = clock_timestamp() WHERE id = \(user.uuid)
      """)
    // A link that a squatter asked for must not move the address after the takeover.
    try await transaction.query(
      "UPDATE account_links SET used_at = clock_timestamp() WHERE user_id = \(user.uuid) AND used_at IS NULL")
    try await SecurityTrail.append(.claimed, of: user, in: transaction)
    let ended = try await DeviceStatements.endAll(of: user, cause: .claimed, in: transaction)
    try await outbox.append(EmailVerified(userID: user), in: transaction)
    return ended
  }

  private func account(_ user: UserID, _ transaction: PostgresTransaction) async throws -> Account {
    let found = try await transaction.query(
      "SELECT \(PostgresAccountRepository.columns) FROM users WHERE id = \(user.uuid)")
    guard let row = found.rows.first else { throw IdentityError.accountGone }
    return try PostgresAccountRepository.account(row)
  }

  /// - Parameter taken: the result if another account was linked to the Google account at the same time or before.
  private func orTaken<T: Sendable>(_ taken: T, _ body: () async throws -> T) async throws(IdentityError) -> T {
    try await reporting {
      do { return try await body() } catch let error as PostgresError where error.uniqueViolation != nil {
        return taken
      }
    }
  }
}
