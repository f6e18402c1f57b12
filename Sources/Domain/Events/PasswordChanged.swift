/// An account has another password: its owner is told by mail.
public struct PasswordChanged: DomainEvent, Equatable {
  public static let type = "password.changed"
  public static let context = BoundedContext.identity
  public let userID: UserID
  /// Different for each change.
  public let changeID: String
  public var subject: String { userID.description }
  public init(userID: UserID, changeID: String) {
    self.userID = userID
    self.changeID = changeID
  }
  enum CodingKeys: String, CodingKey { case userID = "user_id", changeID = "change_id" }
}
