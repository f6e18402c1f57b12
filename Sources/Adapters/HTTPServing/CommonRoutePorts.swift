import Application

/// The ports that the routes of every service use.
public struct CommonRoutePorts: Sendable {
  public let tokens: any AccessTokenVerifier
  public let revocations: any RevocationChecker
  public let limiter: any RateLimiter
  public let answers: any IdempotencyStore
  public let clock: any WallClock

  public init(
    tokens: any AccessTokenVerifier, revocations: any RevocationChecker, limiter: any RateLimiter,
    answers: any IdempotencyStore, clock: any WallClock
  ) {
    self.tokens = tokens
    self.revocations = revocations
    self.limiter = limiter
    self.answers = answers
    self.clock = clock
  }

  public var authenticator: Authenticator { Authenticator(tokens: tokens, revocations: revocations) }
}
