import PostgresDriver

/// What an operator did, written down in the transaction of its effect, and never changed after.
public struct OperatorAction: Sendable {
  /// A user id, or `cli:` and a name.
  public let actor: String
  /// Such as `wallet.grant`.
  public let action: String
  /// Whom or what it was done to, such as a user's id.
  public let subject: String
  public let reason: String?
  /// What else is worth knowing, as `name=value` with spaces between.
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
