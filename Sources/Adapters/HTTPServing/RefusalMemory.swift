import Application
import Synchronization

/// Answers for a limiter while a subject's last refusal is still valid: a flood then costs neither the store nor the
/// instance a request for each of its own. A refusal says when the next request would be allowed, and until then no
/// instance allows one.
public final class RefusalMemory: RateLimiter {
  private struct Key: Hashable {
    let limit: RateLimit
    let subject: String
  }

  private let base: any RateLimiter
  private let maximum: Int
  private let now: @Sendable () -> ContinuousClock.Instant
  private let refusals = Mutex<[Key: ContinuousClock.Instant]>([:])

  /// - Parameter maximum: the subjects that are remembered at once; others are asked for at the limiter.
  public init(
    _ base: any RateLimiter, maximum: Int = 10_000,
    now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
  ) {
    self.base = base
    self.maximum = maximum
    self.now = now
  }

  public func take(_ limit: RateLimit, subject: String) async throws(RateLimiterError) -> RateDecision {
    let key = Key(limit: limit, subject: subject)
    if let wait = remembered(key) {
      return RateDecision(isAllowed: false, remaining: 0, moreAfter: wait, retryAfter: wait)
    }
    // Before the answer, so that its way back does not lengthen the wait.
    let asked = now()
    let decision = try await base.take(limit, subject: subject)
    if !decision.isAllowed { remember(key, until: asked + decision.retryAfter) }
    return decision
  }

  private func remembered(_ key: Key) -> Duration? {
    let now = now()
    return refusals.withLock { refusals in
      guard let end = refusals[key] else { return nil }
      if end > now { return end - now }
      refusals[key] = nil
      return nil
    }
  }

  private func remember(_ key: Key, until end: ContinuousClock.Instant) {
    let now = now()
    refusals.withLock { refusals in
      if refusals.count >= maximum { refusals = refusals.filter { $0.value > now } }
      if refusals.count < maximum { refusals[key] = end }
    }
  }
}
