import Domain
import FoundationEssentials

/// The payload of an operator's action on many tasks.
public struct TaskActionPayload: TaskPayload, Equatable {
  public let action: String
  public let priority: Int?
  public let type, state, errorCode: String?
  /// Microseconds since 1970.
  public let createdAfter, createdBefore: Int64?

  public init(_ action: TaskAction, on filter: TaskFilter) {
    (self.action, priority) = (action.name, action.priority)
    (type, state, errorCode) = (filter.type, filter.state?.rawValue, filter.errorCode)
    createdAfter = filter.createdAfter?.unixMicroseconds
    createdBefore = filter.createdBefore?.unixMicroseconds
  }

  /// Nil for an action that this build does not know, and for a state that it does not know.
  public var taskAction: TaskAction? {
    state.map { TaskState(rawValue: $0) != nil } ?? true ? TaskAction(name: action, priority: priority) : nil
  }

  public var filter: TaskFilter {
    TaskFilter(
      type: type, state: state.flatMap(TaskState.init(rawValue:)), errorCode: errorCode,
      createdAfter: createdAfter.map(Date.init(unixMicroseconds:)),
      createdBefore: createdBefore.map(Date.init(unixMicroseconds:)))
  }

  enum CodingKeys: String, CodingKey {
    case action, priority, type, state, errorCode = "error_code", createdAfter = "created_after"
    case createdBefore = "created_before"
  }
}
