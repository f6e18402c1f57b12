import FoundationEssentials

/// Which tasks a list shows, or an operator's action concerns: those to which all given conditions apply.
public struct TaskFilter: Sendable, Equatable {
  /// Also a type that this build does not know.
  public let type: String?
  public let state: TaskState?
  public let errorCode: String?
  /// Created at this moment or later.
  public let createdAfter: Date?
  /// Created before this moment.
  public let createdBefore: Date?

  public init(
    type: String? = nil, state: TaskState? = nil, errorCode: String? = nil, createdAfter: Date? = nil,
    createdBefore: Date? = nil
  ) {
    self.type = type
    self.state = state
    self.errorCode = errorCode
    self.createdAfter = createdAfter
    self.createdBefore = createdBefore
  }

  /// Whether it has no condition, so that it would concern every task.
  public var isEmpty: Bool { self == TaskFilter() }

  /// Whether no task can have been created within its times: they end before they begin.
  public var hasNoTime: Bool {
    guard let createdAfter, let createdBefore else { return false }
    return createdAfter >= createdBefore
  }

  /// The states of the tasks that the filter admits. A task that went well has no error.
  public var states: [TaskState] {
    TaskState.allCases.filter { (state == nil || state == $0) && (errorCode == nil || $0 != .completed) }
  }

  /// The states of the tasks that the action can change and that the filter admits. What was cancelled on purpose is
  /// retried only if the filter names that state.
  public func states(for action: TaskAction) -> [TaskState] {
    action.states.filter { state == $0 || (state == nil && (action != .retry || $0 != .cancelled)) }
  }

  /// The types that the action never changes, unless the filter names them. A cancelled erasure would leave personal
  /// data of a deleted account.
  public func protectedTypes(for action: TaskAction) -> [TaskType] {
    action == .cancel && type == nil ? TaskType.allCases.filter { $0.isErasure || $0 == .taskAction } : [.taskAction]
  }

  public func admits(type: String, errorCode: String?, createdAt: Date) -> Bool {
    (self.type == nil || self.type == type) && (self.errorCode == nil || self.errorCode == errorCode)
      && (createdAfter.map { createdAt >= $0 } ?? true) && (createdBefore.map { createdAt < $0 } ?? true)
  }
}
