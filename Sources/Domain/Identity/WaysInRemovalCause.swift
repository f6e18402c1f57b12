/// Why ways to sign in were removed from an account. The raw value is the detail of the entries in its trail.
public enum WaysInRemovalCause: String, Sendable, Codable, CaseIterable {
  /// The password was reset by a mailed link, and somebody else may have added them.
  case passwordReset = "password_reset"
  /// A change of the address was undone, and whoever made it may have added them.
  case emailChangeUndone = "email_change_undone"
  /// The owner of the address took over an account that somebody else had registered.
  case claimed
  /// By an operator, for a user who has lost them.
  case byOperator = "operator"
}
