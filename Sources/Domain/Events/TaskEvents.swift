/// A care plan is ready, or it is known why there will be none.
public struct CarePlanFinished: DomainEvent, Equatable {
  public static let type = "care_plan.ready"
  public static let context = BoundedContext.tasks
  public let userID: UserID
  public let sessionID: SessionID
  /// `ready`, `skipped` or `failed`.
  public let status: String
  public var subject: String { sessionID.text }
  public init(userID: UserID, sessionID: SessionID, status: String) {
    self.userID = userID
    self.sessionID = sessionID
    self.status = status
  }
  enum CodingKeys: String, CodingKey { case userID = "user_id", sessionID = "session_id", status }
}
