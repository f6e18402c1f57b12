import Application

/// The limits of one service: those of production, or a development profile that stops only a runaway loop.
public struct LimitProfile: Sendable {
  private let isDevelopment: Bool

  public init(development: Bool) { isDevelopment = development }

  public func limit(_ name: String, _ count: Int, per window: Duration) -> RateLimit {
    RateLimit(name: name, count: isDevelopment ? 10_000 : count, window: window)
  }
}
