/// Exponential backoff with full jitter, so that the clients of a provider that was down do not all retry at once. It
/// ends after a time of failures, and not after a number of attempts alone: a provider may be away for a day. It never
/// ends after a few attempts: the workers, too, may be away for days.
public struct RetrySchedule: Sendable, Equatable {
  public let base: Duration
  public let ceiling: Duration
  private static let leastAttempts = 10

  public init(base: Duration = .seconds(2), ceiling: Duration = .seconds(3_600)) {
    self.base = base
    self.ceiling = ceiling
  }

  /// How long to wait after a failed attempt; nil if it was the last one.
  /// - Parameters:
  ///   - attempt: the attempt that failed, from 1
  ///   - failingFor: the time since the first failed attempt after which the task has not waited without an error
  ///   - giveUpAfter: the time of failures after which no attempt follows
  ///   - fraction: a random number from 0 up to 1
  ///   - atLeast: the wait that the provider asked for (Retry-After); the jitter never makes the delay shorter
  public func delay(
    after attempt: Int, failingFor: Duration, giveUpAfter: Duration, fraction: Double, atLeast: Duration = .zero
  ) -> Duration? {
    guard failingFor < giveUpAfter || attempt < Self.leastAttempts else { return nil }
    let doublings = min(max(attempt - 1, 0), 20)
    let full = min(base * (1 << doublings), ceiling)
    let jittered = full / 2 + (full / 2) * min(max(fraction, 0), 1)
    return max(jittered, atLeast)
  }
}
