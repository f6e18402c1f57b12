/// How a task waits for something that comes by itself or never: the longer it has waited, the longer until it looks again,
/// and one day it looks no more.
public struct WaitSchedule: Sendable, Equatable {
  /// The shortest pause.
  public let first: Duration
  /// The longest pause.
  public let longest: Duration
  /// From the task's making on; whoever waited so long waits no more.
  public let patience: Duration

  public init(first: Duration, longest: Duration, patience: Duration) {
    self.first = first
    self.longest = longest
    self.patience = patience
  }

  /// A quarter of what was waited so far, within the bounds; nil when patience is at its end.
  public func pause(after age: Duration) -> Duration? {
    age < patience ? min(max(first, age / 4), longest) : nil
  }
}
