/// Exponential backoff with full jitter, so that the clients of a provider that was down do not all retry at once. It ends
/// after a time and not after a number of attempts: a provider may be away for a day.
public struct RetrySchedule: Sendable, Equatable {
  public let base: Duration
  public let ceiling: Duration

  public init(base: Duration = .seconds(2), ceiling: Duration = .seconds(3_600)) {
    self.base = base
    self.ceiling = ceiling
  }

  /// How long to wait after a failed attempt; nil if it was the last one.
  /// - Parameters:
  ///   - attempt: the attempt that failed, from 1
  ///   - age: the time since the task was made, or since an operator retried it
  ///   - giveUpAfter: the age at which no attempt follows
  ///   - fraction: a random number from 0 up to 1
  ///   - atLeast: the wait that the provider asked for (Retry-After); the jitter never makes the delay shorter
  public func delay(
    after attempt: Int, age: Duration, giveUpAfter: Duration, fraction: Double, atLeast: Duration = .zero
  ) -> Duration? {
    guard age < giveUpAfter else { return nil }
    let doublings = min(max(attempt - 1, 0), 20)
    let full = min(base * (1 << doublings), ceiling)
    let jittered = full / 2 + (full / 2) * min(max(fraction, 0), 1)
    return max(jittered, atLeast)
  }
}
