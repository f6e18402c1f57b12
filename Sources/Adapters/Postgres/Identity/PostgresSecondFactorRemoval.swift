import Domain
import PostgresDriver

/// Removes a second factor for a user who has lost it, by an operator's command. All devices of the account end: one of
/// them may be a thief's, and the password alone opens the account from now on. An operator loses the rights, which
/// `talktime operator add` gives back.
public struct PostgresSecondFactorRemoval: Sendable {
  private let database: PostgresPool
  private let outbox = PostgresOutbox(source: "auth")

  public init(database: PostgresPool) { self.database = database }

  /// - Parameter withPasskeys: whether the passkeys go, too.
  /// - Returns: false if the user had none, and nothing was changed.
  public func remove(of user: UserID, withPasskeys: Bool, reason: String, actor: String) async throws -> Bool {
    try await database.transaction { transaction in
      try await transaction.query("SELECT 1 AS one FROM users WHERE id = \(user.uuid) FOR UPDATE")
      let hadApp = try await SecondFactorStatements.remove(of: user, in: transaction)
      let waysIn = WaysInRemoval(user: user, cause: .byOperator, outbox: outbox)
      let passkeys = withPasskeys ? try await waysIn.passkeys(in: transaction) : 0
      guard hadApp || passkeys > 0 else { return false }
      // Whoever enrols the next one is not known to be the operator.
      try await waysIn.rights(in: transaction)
      if hadApp { try await SecondFactorStatements.tell(user, isAdded: false, by: outbox, in: transaction) }
      try await DeviceStatements.endAll(of: user, cause: .secondFactorRemoved, in: transaction)
      try await OperatorAction(
        actor: actor, action: "second_factor.removed", subject: user.description, reason: reason,
        details: withPasskeys ? "passkeys=\(passkeys)" : nil
      ).note(in: transaction)
      return true
    }
  }
}
