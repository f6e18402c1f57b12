import Domain
import FoundationEssentials
import PostgresDriver

/// Grants and revokes scopes, which allow an account more than its own data.
public struct PostgresUserScopeAdministration: Sendable {
  public enum Grant: Sendable, Equatable {
    case done
    /// The user has the scope, or there is no such user.
    case unchanged
    /// Somebody else may read the mails of an account that nobody has proven to be its owner's.
    case addressUnproven
  }

  /// A user with a scope.
  public struct Holder: Sendable, Equatable {
    public let user: UserID
    public let email: String
    public let hasAuthenticatorApp: Bool
    /// Nil for a scope without roles.
    public let role: OperatorRole?
  }

  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  /// A granted scope takes effect with the next token. Another role invalidates the access tokens with the old one
  /// within seconds.
  /// - Parameter role: nil for `admin`, and for the role that an operator has.
  public func grant(
    _ scope: Scope, role: OperatorRole? = nil, to user: UserID, by actor: String
  ) async throws -> Grant {
    try await database.transaction { transaction in
      guard let row = try await lock(user, transaction) else { return .unchanged }
      guard try row.get("proven", as: Bool.self) else { return .addressUnproven }
      var words = try Self.words(row)
      let isNew = words.insert(scope.rawValue).inserted
      let old = isNew ? nil : try row.get("operator_role", as: String?.self)
      let new = role?.rawValue ?? old ?? OperatorRole.admin.rawValue
      guard isNew || new != old else { return .unchanged }
      if !isNew { try await endTokens(of: user, transaction) }
      try await store(words, "scope.grant", scope, role: new, of: user, by: actor, transaction)
      return .done
    }
  }

  /// A revoked scope invalidates the access tokens that contain it within seconds.
  /// - Returns: false if nothing changed, or if there is no such user.
  public func revoke(_ scope: Scope, from user: UserID, by actor: String) async throws -> Bool {
    try await database.transaction { transaction in
      guard let row = try await lock(user, transaction) else { return false }
      var words = try Self.words(row)
      guard words.remove(scope.rawValue) != nil else { return false }
      try await endTokens(of: user, transaction)
      try await store(words, "scope.revoke", scope, role: nil, of: user, by: actor, transaction)
      return true
    }
  }

  /// The users with the scope, by address.
  public func holders(of scope: Scope) async throws -> [Holder] {
    try await database.query(
      """
      SELECT u.id, u.email, u.operator_role, f.confirmed_at IS NOT NULL AS app FROM users u LEFT JOIN totp_factors f ON f.user_id = u.id
      WHERE \(scope.rawValue) = ANY(string_to_array(u.scope, ' ')) ORDER BY lower(u.email), u.id
      """
    ).rows.map { row in
      Holder(
        user: UserID(try row.get("id", as: UUID.self)), email: try row.get("email"),
        hasAuthenticatorApp: try row.get("app"),
        role: try row.get("operator_role", as: String?.self).flatMap(OperatorRole.init))
    }
  }

  private func lock(_ user: UserID, _ transaction: PostgresTransaction) async throws -> PostgresRow? {
    try await transaction.query(
      """
      SELECT scope, operator_role, email_verified_at IS NOT NULL AND address_problem IS NULL AS proven FROM users
      WHERE id = \(user.uuid) AND deleted_at IS NULL FOR UPDATE
      """
    ).rows.first
  }

  private static func words(_ row: PostgresRow) throws -> Set<String> {
    Set(try row.get("scope", as: String.self).split(separator: " ").map(String.init))
  }

  private func store(
    _ words: Set<String>, _ action: String, _ scope: Scope, role: String?, of user: UserID, by actor: String,
    _ transaction: PostgresTransaction
  ) async throws {
    let joined = words.sorted().joined(separator: " ")
    try await transaction.query(
      "UPDATE users SET scope = \(joined), operator_role = \(role) WHERE id = \(user.uuid)")
    let details = "scope=\(scope.rawValue)" + (role.map { " role=\($0)" } ?? "")
    try await OperatorAction(
      actor: actor, action: action, subject: user.description, reason: nil, details: details
    ).note(in: transaction)
  }

  /// A token lives for a day; the additional hour covers differences between clocks. Its owner gets another one with a
  /// refresh.
  private func endTokens(of user: UserID, _ transaction: PostgresTransaction) async throws {
    try await transaction.query(
      """
      INSERT INTO revocations (user_id, expires_at) VALUES (\(user.uuid), clock_timestamp() + interval '25 hours')
      """)
  }
}
