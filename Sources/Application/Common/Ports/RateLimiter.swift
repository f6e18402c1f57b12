/// The number of requests that one subject may make in a window.
public struct RateLimit: Sendable, Hashable {
  /// Part of the `RateLimit-Policy` header and of the key in the store.
  public let name: String
  public let count: Int
  public let window: Duration

  public init(name: String, count: Int, window: Duration) {
    self.name = name
    self.count = count
    self.window = window
  }
}

public struct RateDecision: Sendable, Equatable {
  public let isAllowed: Bool
  public let remaining: Int
  /// The time until one more request is available than now; zero if none is used up.
  public let moreAfter: Duration
  /// The time until the next request would be allowed; zero if this one was.
  public let retryAfter: Duration

  public init(isAllowed: Bool, remaining: Int, moreAfter: Duration, retryAfter: Duration) {
    self.isAllowed = isAllowed
    self.remaining = remaining
    self.moreAfter = moreAfter
    self.retryAfter = retryAfter
  }
}

public enum RateLimiterError: StableError {
  case unavailable
  public var code: String { "limits_unavailable" }
}

public protocol RateLimiter: Sendable {
  func take(_ limit: RateLimit, subject: String) async throws(RateLimiterError) -> RateDecision
}
