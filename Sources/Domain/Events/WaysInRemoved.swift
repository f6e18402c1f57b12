/// Ways to sign in were removed from an account with a proven address, other than by the signed-in user: its owner is
/// told by mail.
public struct WaysInRemoved: DomainEvent, Equatable {
  public static let type = "user.ways_in_removed"
  public static let context = BoundedContext.identity
  public let userID: UserID
  /// Different for each change.
  public let changeID: String
  public let cause: WaysInRemovalCause
  /// How many.
  public let passkeys: Int
  public let authenticatorApp, google: Bool
  public var subject: String { userID.description }

  public init(
    userID: UserID, changeID: String, cause: WaysInRemovalCause, passkeys: Int, authenticatorApp: Bool, google: Bool
  ) {
    self.userID = userID
    self.changeID = changeID
    self.cause = cause
    self.passkeys = passkeys
    self.authenticatorApp = authenticatorApp
    self.google = google
  }

  enum CodingKeys: String, CodingKey {
    case cause, passkeys, google, userID = "user_id", changeID = "change_id", authenticatorApp = "authenticator_app"
  }
}
