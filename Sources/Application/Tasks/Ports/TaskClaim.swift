import Domain

/// One claim of a task. No other claim ever has the same number, so that what is left of an earlier one changes nothing.
public struct TaskClaim: Hashable, Sendable {
  public let task: TaskID
  /// From 1.
  public let number: Int

  public init(task: TaskID, number: Int) {
    self.task = task
    self.number = number
  }
}
