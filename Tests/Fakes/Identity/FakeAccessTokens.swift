import Application
import Synchronization

/// Access tokens that the test issues. No other token is valid.
public final class FakeAccessTokens: AccessTokenVerifier {
  private struct State {
    var known: [String: AccessTokenClaims] = [:]
    var error: AccessTokenError?
  }

  private let state = Mutex(State())

  public init() {}

  public func issue(_ claims: AccessTokenClaims) -> String {
    state.withLock { state in
      let token = "token-\(state.known.count + 1)"
      state.known[token] = claims
      return token
    }
  }

  /// Until this is set to nil, every token is refused with this error.
  public func refuse(with error: AccessTokenError?) { state.withLock { $0.error = error } }

  public func verify(_ token: String) async throws(AccessTokenError) -> AccessTokenClaims {
    try state.withLock { state throws(AccessTokenError) in
      if let error = state.error { throw error }
      guard let claims = state.known[token] else { throw .invalid }
      return claims
    }
  }

  public func verifiedBefore(_ token: String) -> AccessTokenClaims? {
    state.withLock { $0.error == nil ? $0.known[token] : nil }
  }
}
