import Domain
import FoundationEssentials

/// An operator's action on many tasks, with the reason for the audit log.
public struct NewTaskAction: Sendable, Equatable {
  public let action: TaskAction
  public let filter: TaskFilter
  public let reason: Reason
  /// The operator's user id, or `cli:` and a name.
  public let actor: String

  public init(_ action: TaskAction, on filter: TaskFilter, reason: Reason, actor: String) {
    self.action = action
    self.filter = filter
    self.reason = reason
    self.actor = actor
  }
}

/// The tasks that an action concerns.
public struct TaskActionPreview: Sendable, Equatable {
  public let count: TaskCount
  /// The oldest of them; fewer than there are if they could not be found soon.
  public let sample: [TaskSummary]

  public init(count: TaskCount, sample: [TaskSummary]) {
    self.count = count
    self.sample = sample
  }
}

/// An operator's actions on many tasks. An action is a task itself, so that it is carried out whatever happens to a
/// process.
public protocol TaskActionRepository: Sendable {
  /// - Parameter sample: how many of the tasks are shown at most
  func preview(_ action: TaskAction, on filter: TaskFilter, sample: Int) async throws -> TaskActionPreview
  /// Writes the action's task and its audit entry in one transaction.
  /// - Returns: the task's id, and how many tasks the action concerns.
  func start(_ action: NewTaskAction) async throws -> (id: TaskID, count: TaskCount)
  /// Changes the next tasks. It looks at a bounded number of those that have ended, so that it may change none and
  /// still go on. What was created, or ended, after the action is not concerned.
  /// - Parameters:
  ///   - id: the action's own task
  ///   - place: where the step before has stopped; nil for the first one
  ///   - limit: how many tasks are changed at most
  /// - Returns: how many tasks were changed, and where the next step begins; nil if none is left.
  func step(
    _ action: TaskAction, on filter: TaskFilter, of id: TaskID, from place: TaskActionPlace?, limit: Int
  ) async throws -> (changed: Int, next: TaskActionPlace?)
}
