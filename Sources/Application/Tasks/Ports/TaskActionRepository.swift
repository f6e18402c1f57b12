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
  public let count: Int
  /// The oldest of them.
  public let sample: [TaskSummary]

  public init(count: Int, sample: [TaskSummary]) {
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
  func start(_ action: NewTaskAction) async throws -> (id: TaskID, count: Int)
  /// Changes the next tasks by id. What was created, or ended, after the action is not concerned.
  /// - Parameters:
  ///   - id: the action's own task
  ///   - last: the last task of the previous step
  /// - Returns: how many tasks were changed, and the last of them; nil if none is left.
  func step(
    _ action: TaskAction, on filter: TaskFilter, of id: TaskID, after last: TaskID?, limit: Int
  ) async throws -> (changed: Int, last: TaskID?)
}
