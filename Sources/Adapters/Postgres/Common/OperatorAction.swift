import PostgresDriver

/// An operator's action, recorded in the transaction of its effect and never changed afterwards.
public struct OperatorAction: Sendable {
  /// A user id, or `cli:` and a name.
  public let actor: String
  /// The action, such as `wallet.grant`.
  public let action: String
  /// The object of the action, such as a user's id.
  public let subject: String
  public let reason: String?
  /// Further details, as `name=value` separated by spaces.
  public let details: String?

  public init(actor: String, action: String, subject: String, reason: String?, details: String? = nil) {
    self.actor = actor
    self.action = action
    self.subject = subject
    self.reason = reason
    self.details = details
  }

  public func note(in transaction: PostgresTransaction) async throws(PostgresError) {
    try await transaction.query(
      """
      INSERT INTO operator_actions (actor, action, subject, reason, details)
      VALUES (\(actor), \(action), \(subject), \(reason), \(details))
      """)
  }
}
