/// How a task waits for something that may happen or not. The longer the task has waited, the longer the pause until it
/// looks again; after a limit it gives up.
public struct TaskRecheckSchedule: Sendable, Equatable {
  /// The shortest pause.
  public let first: Duration
  /// The longest pause.
  public let longest: Duration
  /// How long a task waits, counted from its creation, before it gives up.
  public let patience: Duration

  public init(first: Duration, longest: Duration, patience: Duration) {
    self.first = first
    self.longest = longest
    self.patience = patience
  }

  /// A quarter of the time waited so far, within the bounds; nil when the patience is used up.
  public func pause(after age: Duration) -> Duration? {
    age < patience ? min(max(first, age / 4), longest) : nil
  }
}
