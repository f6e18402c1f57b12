import Domain
import PostgresDriver

/// Grants and revokes scopes, which allow an account more than its own data.
public struct PostgresUserScopeAdministration: Sendable {
  public enum Change: String, Sendable { case grant, revoke }

  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  /// A granted scope takes effect with the next token. A revoked one invalidates the access tokens that contain it
  /// within seconds.
  /// - Returns: false if nothing changed, or if there is no such user.
  public func change(_ change: Change, _ scope: Scope, of user: UserID, actor: String) async throws -> Bool {
    try await database.transaction { transaction in
      let found = try await transaction.query("SELECT scope FROM users WHERE id = \(user.uuid) FOR UPDATE")
      guard let text = try found.rows.first?.get("scope", as: String.self) else { return false }
      var words = Set(text.split(separator: " ").map(String.init))
      let isChanged =
        switch change {
        case .grant: words.insert(scope.rawValue).inserted
        case .revoke: words.remove(scope.rawValue) != nil
        }
      guard isChanged else { return false }
      let joined = words.sorted().joined(separator: " ")
      try await transaction.query("UPDATE users SET scope = \(joined) WHERE id = \(user.uuid)")
      if change == .revoke { try await endTokens(of: user, transaction) }
      try await OperatorAction(
        actor: actor, action: "scope.\(change.rawValue)", subject: user.description, reason: nil,
        details: "scope=\(scope.rawValue)"
      ).note(in: transaction)
      return true
    }
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
