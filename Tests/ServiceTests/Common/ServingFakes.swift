import Application
import Domain
import Fakes
import Foundation
import HTTPServing

/// The dependencies that the routes of every service share, and the tokens of their callers.
struct ServingFakes: Sendable {
  let clock: FakeClock
  let tokens = FakeAccessTokens()
  let revocations = InMemoryRevocationCache()
  let limiter = InMemoryRateLimiter()
  let answers: InMemoryIdempotencyStore
  let user: UserID
  let device = DeviceID(UUID())

  init(clock: FakeClock = FakeClock(), user: UserID = UserID(UUID())) {
    self.clock = clock
    self.user = user
    answers = InMemoryIdempotencyStore(clock: clock)
  }

  var ports: CommonRoutePorts {
    CommonRoutePorts(tokens: tokens, revocations: revocations, limiter: limiter, answers: answers, clock: clock)
  }

  /// The user's own token.
  var token: String { token(of: user) }
  /// The token of an operator who has just signed in.
  var operatorToken: String { token(of: user, scope: ["operator"]) }

  func operatorToken(_ role: OperatorRole) -> String { token(of: user, scope: ["operator"], role: role) }

  func token(
    of user: UserID, scope: Set<String> = [], role: OperatorRole = .admin, signedIn ago: Double = 0
  ) -> String {
    let now = clock.now()
    return tokens.issue(
      AccessTokenClaims(
        userID: user, deviceID: device, scope: scope, role: scope.contains("operator") ? role : nil,
        issuedAt: now - ago, authenticatedAt: now - ago, expiresAt: now + 3_600))
  }
}
