import Domain

/// Does the work of one type of task.
public protocol TaskHandler: Sendable {
  var type: TaskType { get }
  /// The versions of the payload that it reads. A task of another one is parked, until a worker knows it.
  var versions: ClosedRange<Int> { get }
  func perform(_ task: ClaimedTask) async -> TaskOutcome
}

extension TaskHandler {
  public var versions: ClosedRange<Int> { NewTask.firstVersion...NewTask.firstVersion }
}
