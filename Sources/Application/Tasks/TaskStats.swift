import Domain

/// How many tasks there are, and how old the oldest of them are.
public struct TaskStats: Sendable, Equatable {
  /// By state; a state without tasks may be absent.
  public let counts: [TaskState: Int]
  /// The time since the creation of the oldest task, by state and type. What went well is left out.
  public let oldest: [TaskState: [String: Duration]]

  public init(counts: [TaskState: Int], oldest: [TaskState: [String: Duration]]) {
    self.counts = counts
    self.oldest = oldest
  }
}
