import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// An operator's view of the accounts. A change locks its account and writes the audit note in the same transaction.
public struct PostgresUserAdministration: UserAdministration {
  private let database: PostgresPool
  private let copy: (any RevocationCache)?
  private let outbox = PostgresOutbox(source: "auth")

  /// - Parameter copy: nil for a command: the auth service then copies the revocations within about a second.
  public init(database: PostgresPool, copy: (any RevocationCache)?) {
    self.database = database
    self.copy = copy
  }

  public func users(email: String) async throws(UserAdministrationError) -> [AdministeredUser] {
    try await administering {
      try await database.query(
        """
        SELECT \(Self.columns) FROM users
        WHERE lower(email) = lower(\(email)) AND merged_into IS NULL AND deleted_at IS NULL ORDER BY created_at, id
        """
      ).rows.map(Self.user)
    }
  }

  public func user(_ id: UserID) async throws(UserAdministrationError) -> AdministeredUser {
    try await administering {
      let found = try await database.query(
        """
        SELECT \(Self.columns) FROM users WHERE id = \(id.uuid) AND merged_into IS NULL AND deleted_at IS NULL
        """)
      guard let row = found.rows.first else { throw UserAdministrationError.userNotFound }
      return try Self.user(row)
    }
  }

  public func events(
    of user: UserID, before number: Int64?, limit: Int, actor: String
  ) async throws(UserAdministrationError) -> [SecurityEvent] {
    try await administering {
      try await database.transaction { transaction -> [SecurityEvent] in
        let found = try await transaction.query(
          "SELECT 1 AS one FROM users WHERE id = \(user.uuid) AND merged_into IS NULL AND deleted_at IS NULL")
        if found.rows.isEmpty { throw UserAdministrationError.userNotFound }
        try await OperatorAction(
          actor: actor, action: "user.read_trail", subject: user.description, reason: nil,
          details: number.map { "before=\($0)" }
        ).note(in: transaction)
        return try await PostgresSecurityTrailReader.events(of: user, before: number, limit: limit, in: transaction)
      }
    }
  }

  public func disable(
    _ user: UserID, reason: Reason, actor: String
  ) async throws(UserAdministrationError) -> AdministeredUser {
    let (answer, ended) = try await administering {
      try await database.transaction { transaction -> (AdministeredUser, [Revocation]) in
        let found = try await lock(user, transaction)
        guard found.disabledAt == nil else { return (found, []) }
        try await transaction.query("UPDATE users SET disabled_at = clock_timestamp() WHERE id = \(user.uuid)")
        let ended = try await RequestOrigin.withoutClient {
          try await SecurityTrail.append(.disabled, of: user, in: transaction)
          return try await DeviceStatements.endAll(of: user, cause: .accountDisabled, in: transaction)
        }
        try await outbox.append(UserDisabled(userID: user), in: transaction)
        try await OperatorAction(
          actor: actor, action: "user.disable", subject: user.description, reason: reason.text
        ).note(in: transaction)
        return (try await lock(user, transaction), ended)
      }
    }
    // The account is disabled. If Redis is away, its copy of the revocations is filled as soon as it is back, and no
    // token is accepted meanwhile.
    if !ended.isEmpty { try? await copy?.fill(with: ended, whole: false) }
    return answer
  }

  public func enable(
    _ user: UserID, reason: Reason, actor: String
  ) async throws(UserAdministrationError) -> AdministeredUser {
    try await administering {
      try await database.transaction { transaction -> AdministeredUser in
        let found = try await lock(user, transaction)
        guard found.disabledAt != nil else { return found }
        try await transaction.query("UPDATE users SET disabled_at = NULL WHERE id = \(user.uuid)")
        try await RequestOrigin.withoutClient { try await SecurityTrail.append(.enabled, of: user, in: transaction) }
        try await OperatorAction(
          actor: actor, action: "user.enable", subject: user.description, reason: reason.text
        ).note(in: transaction)
        return try await lock(user, transaction)
      }
    }
  }

  private func lock(_ user: UserID, _ transaction: PostgresTransaction) async throws -> AdministeredUser {
    let found = try await transaction.query(
      """
      SELECT \(Self.columns) FROM users
      WHERE id = \(user.uuid) AND merged_into IS NULL AND deleted_at IS NULL FOR UPDATE
      """)
    guard let row = found.rows.first else { throw UserAdministrationError.userNotFound }
    return try Self.user(row)
  }

  private static let columns: PostgresColumnList = """
    id, email, name, email_verified_at IS NOT NULL AS verified, scope, created_at, last_login, disabled_at
    """

  private static func user(_ row: PostgresRow) throws -> AdministeredUser {
    AdministeredUser(
      id: UserID(try row.get("id", as: UUID.self)), email: try row.get("email"), name: try row.get("name"),
      emailVerified: try row.get("verified"),
      scope: Set(try row.get("scope", as: String.self).split(separator: " ").map(String.init)),
      createdAt: try row.get("created_at"), lastSignIn: try row.get("last_login"),
      disabledAt: try row.get("disabled_at"))
  }

  private func administering<T: Sendable>(
    _ body: () async throws -> T
  ) async throws(UserAdministrationError) -> T {
    do { return try await body() } catch let error as UserAdministrationError { throw error } catch {
      throw .unavailable
    }
  }
}
