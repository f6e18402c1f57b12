/// An account with a proven address got a second factor, or lost it: its owner is told by mail.
public struct SecondFactorChanged: DomainEvent, Equatable {
  public static let type = "user.second_factor_changed"
  public static let context = BoundedContext.identity
  public let userID: UserID
  /// Different for each change.
  public let changeID: String
  public let isAdded: Bool
  public var subject: String { userID.description }
  public init(userID: UserID, changeID: String, isAdded: Bool) {
    self.userID = userID
    self.changeID = changeID
    self.isAdded = isAdded
  }
  enum CodingKeys: String, CodingKey { case userID = "user_id", changeID = "change_id", isAdded = "is_added" }
}
