/// How long a task waits at most before its next attempt when it has lost its workers. It may be what kills them, or
/// have run beside that task. The pause is a random part of this, so that tasks that were lost together part company:
/// otherwise one task that kills its worker would take all that run beside it with it, until all of them have failed.
public enum TaskLossPause {
  /// For each number of losses, from 1. The first one makes a task wait for nothing: a process that a deployment has
  /// killed should delay no mail. The last one also holds for more losses.
  public static let longest: [Duration] =
    [Duration.zero] + (2...8).map { losses in min(Duration.seconds(15) * (1 << losses), Duration.seconds(3_600)) }

  /// - Parameters:
  ///   - losses: how many workers the task has lost, from 1.
  ///   - fraction: a random number from 0 up to 1.
  public static func pause(after losses: Int, fraction: Double) -> Duration {
    longest[min(max(losses, 1), longest.count) - 1] * min(max(fraction, 0), 1)
  }
}
