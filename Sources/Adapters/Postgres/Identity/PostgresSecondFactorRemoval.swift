import Domain
import PostgresDriver

/// Removes a second factor for a user who has lost it, by an operator's command.
public struct PostgresSecondFactorRemoval: Sendable {
  private let database: PostgresPool
  private let outbox = PostgresOutbox(source: "auth")

  public init(database: PostgresPool) { self.database = database }

  /// - Returns: false if the user had none.
  public func remove(of user: UserID, reason: String, actor: String) async throws -> Bool {
    try await database.transaction { transaction in
      try await transaction.query("SELECT 1 AS one FROM users WHERE id = \(user.uuid) FOR UPDATE")
      guard try await SecondFactorStatements.remove(of: user, in: transaction) else { return false }
      try await SecondFactorStatements.tell(user, isAdded: false, by: outbox, in: transaction)
      try await OperatorAction(
        actor: actor, action: "second_factor.removed", subject: user.description, reason: reason, details: nil
      ).note(in: transaction)
      return true
    }
  }
}
