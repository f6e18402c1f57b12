import Application
import Hummingbird

/// The limits of one service's routes: those of production, or a development profile that stops only a runaway loop.
public struct RouteLimits: Sendable {
  private let isDevelopment: Bool
  private let limiter: any RateLimiter

  public init(development: Bool, limiter: any RateLimiter) {
    isDevelopment = development
    self.limiter = limiter
  }

  /// A group of the given one whose requests are limited.
  /// - Parameter name: of the limit. Groups of one name share their counts.
  public func limited(
    _ group: RouterGroup<HTTPRequestContext>, _ name: String, _ count: Int, per window: Duration,
    of subject: RateLimitMiddleware.Subject = .subscriber
  ) -> RouterGroup<HTTPRequestContext> {
    let limit = RateLimit(name: name, count: isDevelopment ? 10_000 : count, window: window)
    return group.group().add(middleware: RateLimitMiddleware(limit, of: subject, limiter: limiter))
  }
}
