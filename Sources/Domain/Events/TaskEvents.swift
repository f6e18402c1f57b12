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

/// A task has failed for good: it is not tried again until somebody retries it, which is an operator or, for an erasure
/// of a conversation, the retention. Each further failure is an event of its own.
public struct TaskFailed: DomainEvent, Equatable {
  public static let type = "task.failed"
  public static let context = BoundedContext.tasks
  /// The `tasks` row.
  public let taskID: String
  /// Such as `receipt_mail`.
  public let taskType: String
  /// Nil for a task that is about no user.
  public let userID: UserID?
  /// Why, such as `gemini_refused`.
  public let errorCode: String
  public var subject: String { taskID }
  public init(taskID: String, taskType: String, userID: UserID?, errorCode: String) {
    self.taskID = taskID
    self.taskType = taskType
    self.userID = userID
    self.errorCode = errorCode
  }
  enum CodingKeys: String, CodingKey {
    case taskID = "task_id", taskType = "task_type", userID = "user_id", errorCode = "error_code"
  }
}
