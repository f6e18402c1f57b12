import Domain

/// One claim of a task. No other claim has the same number, so that what is left of an earlier one changes nothing.
/// Only a failover of the database that loses its last commits may let a number come again.
public struct TaskClaim: Hashable, Sendable {
  public let task: TaskID
  /// From 1.
  public let number: Int

  public init(task: TaskID, number: Int) {
    self.task = task
    self.number = number
  }
}
