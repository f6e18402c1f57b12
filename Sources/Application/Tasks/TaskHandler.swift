import Domain

/// Does the work of one type of task.
public protocol TaskHandler: Sendable {
  var type: TaskType { get }
  func perform(_ task: ClaimedTask) async -> TaskOutcome
}
