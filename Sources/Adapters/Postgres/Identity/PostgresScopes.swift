import Domain
import PostgresDriver

/// Gives and takes what an account may do beyond its own affairs.
public struct PostgresScopes: Sendable {
  public enum Change: String, Sendable { case grant, revoke }

  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  /// A scope that is given counts from the next token on; one that is taken ends the access tokens that carry it within
  /// seconds.
  /// - Returns: false where it was so already, or there is no such user.
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

  /// A token lives for a day; an hour more than that covers every clock. Its owner gets another by refreshing.
  private func endTokens(of user: UserID, _ transaction: PostgresTransaction) async throws {
    try await transaction.query(
      """
      INSERT INTO revocations (user_id, expires_at) VALUES (\(user.uuid), clock_timestamp() + interval '25 hours')
      """)
  }
}
