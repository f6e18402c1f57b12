/// Exponential backoff with full jitter, so that the clients of a provider that was down do not all retry at once.
public struct RetrySchedule: Sendable, Equatable {
  public let base: Duration
  public let ceiling: Duration
  public let maximumAttempts: Int

  public init(base: Duration = .seconds(2), ceiling: Duration = .seconds(600), maximumAttempts: Int = 10) {
    self.base = base
    self.ceiling = ceiling
    self.maximumAttempts = maximumAttempts
  }

  /// How long to wait after a failed attempt; nil if it was the last one.
  /// - Parameters:
  ///   - attempt: the attempt that failed, from 1
  ///   - fraction: a random number from 0 up to 1
  ///   - atLeast: the wait that the provider asked for (Retry-After); the jitter never makes the delay shorter
  public func delay(after attempt: Int, fraction: Double, atLeast: Duration = .zero) -> Duration? {
    guard attempt < maximumAttempts else { return nil }
    let doublings = min(max(attempt - 1, 0), 20)
    let full = min(base * (1 << doublings), ceiling)
    let jittered = full / 2 + (full / 2) * min(max(fraction, 0), 1)
    return max(jittered, atLeast)
  }
}
