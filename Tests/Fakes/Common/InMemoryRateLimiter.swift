import Application
import Synchronization

/// Limits in memory, by the script's rule (GCRA) and a clock that the test controls.
public final class InMemoryRateLimiter: RateLimiter {
  private struct Key: Hashable {
    let name: String
    let subject: String
  }

  private struct State {
    /// In microseconds, the unit of the script.
    var now: Int64 = 0
    var arrivals: [Key: Int64] = [:]
    var isAway = false
    var isExhausted = false
    var takes = 0
  }

  private let state = Mutex(State())

  public init() {}

  public func advance(_ duration: Duration) { state.withLock { $0.now += Int64(duration / .microseconds(1)) } }

  /// Whether the store cannot be reached.
  public func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

  /// Whether every quota is used up.
  public func exhaust(_ isExhausted: Bool = true) { state.withLock { $0.isExhausted = isExhausted } }

  /// How often the store was asked.
  public var takes: Int { state.withLock { $0.takes } }

  public func take(_ limit: RateLimit, subject: String) async throws(RateLimiterError) -> RateDecision {
    try state.withLock { state throws(RateLimiterError) in
      state.takes += 1
      guard !state.isAway else { throw .unavailable }
      if state.isExhausted {
        return RateDecision(
          isAllowed: false, remaining: 0, moreAfter: .seconds(1), retryAfter: .seconds(1))
      }
      let burst = Int64(max(1, limit.count))
      let interval = max(1, Int64(limit.window / .microseconds(1)) / burst)
      let key = Key(name: limit.name, subject: subject)
      let ahead = max(0, (state.arrivals[key] ?? 0) - state.now)
      let wait = ahead - interval * (burst - 1)
      if wait > 0 {
        return RateDecision(
          isAllowed: false, remaining: 0, moreAfter: .microseconds(wait), retryAfter: .microseconds(wait))
      }
      state.arrivals[key] = state.now + ahead + interval
      let left = (interval * burst - ahead - interval) / interval
      return RateDecision(
        isAllowed: true, remaining: Int(left),
        moreAfter: .microseconds(ahead + interval - interval * (burst - left - 1)), retryAfter: .zero)
    }
  }
}
