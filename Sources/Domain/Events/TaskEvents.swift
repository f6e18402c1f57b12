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

public struct TaskCompleted: DomainEvent, Equatable {
  public static let type = "task.completed"
  public static let context = BoundedContext.tasks
  public let taskID: String
  public let taskType: String
  public var subject: String { taskID }
  public init(taskID: String, taskType: String) {
    self.taskID = taskID
    self.taskType = taskType
  }
  enum CodingKeys: String, CodingKey { case taskID = "task_id", taskType = "task_type" }
}

public struct TaskFailed: DomainEvent, Equatable {
  public static let type = "task.failed"
  public static let context = BoundedContext.tasks
  public let taskID: String
  public let taskType: String
  public let errorCode: String
  public var subject: String { taskID }
  public init(taskID: String, taskType: String, errorCode: String) {
    self.taskID = taskID
    self.taskType = taskType
    self.errorCode = errorCode
  }
  enum CodingKeys: String, CodingKey { case taskID = "task_id", taskType = "task_type", errorCode = "error_code" }
}
