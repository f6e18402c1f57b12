import Domain
import FoundationEssentials

/// Why nobody comes onto a link.
public enum JoinTalkError: StableError {
  /// Not one of our tokens, or taken back since.
  case invalidToken
  case tokenExpired
  /// No talk of the bearer's.
  case notFound
  /// Nobody can tell just now: the bearer may try again.
  case unavailable
  /// This instance goes away.
  case leaving

  public var code: String {
    switch self {
    case .invalidToken: "invalid_token"
    case .tokenExpired: "token_expired"
    case .notFound: "not_found"
    case .unavailable: "talks_unavailable"
    case .leaving: "leaving"
    }
  }
}

/// Who may beat on a link, and what they hear of their talk.
public struct JoinedTalk: Sendable {
  public let claims: AccessTokenClaims
  public let stream: SubscriptionStream

  public init(claims: AccessTokenClaims, stream: SubscriptionStream) {
    self.claims = claims
    self.stream = stream
  }
}

/// Lets a bearer onto the link of their talk: the token is verified here once, and the watch goes on from then.
public struct JoinTalk: Sendable {
  private let tokens: any AccessTokenVerifier
  private let revocations: any RevocationChecker
  private let talks: any TalkSubscriber

  public init(tokens: any AccessTokenVerifier, revocations: any RevocationChecker, talks: any TalkSubscriber) {
    self.tokens = tokens
    self.revocations = revocations
    self.talks = talks
  }

  /// - Parameters:
  ///   - session: nil for an id that is none; that nobody's talk has it is told only to those who are signed in.
  ///   - instead: the link's watcher so far, where it goes on with a fresh token.
  public func callAsFunction(
    _ session: SessionID?, token: String, instead: SubscriptionID? = nil
  ) async throws(JoinTalkError) -> JoinedTalk {
    let claims = try await bearer(token)
    guard let session else { throw .notFound }
    do throws(SubscriptionError) {
      let stream = try await talks.subscribe(
        SubscriptionRequest(
          session: session, user: claims.userID, device: claims.deviceID,
          issuedAt: claims.issuedAt.unixSeconds, isSteady: false, instead: instead))
      return JoinedTalk(claims: claims, stream: stream)
    } catch {
      throw JoinTalkError(error)
    }
  }

  private func bearer(_ token: String) async throws(JoinTalkError) -> AccessTokenClaims {
    do throws(AccessTokenError) {
      let claims: AccessTokenClaims
      if let known = tokens.verifiedBefore(token) { claims = known } else { claims = try await tokens.verify(token) }
      if try await revocations.isRevoked(claims) { throw AccessTokenError.invalid }
      return claims
    } catch {
      throw JoinTalkError(error)
    }
  }
}

extension JoinTalkError {
  fileprivate init(_ error: AccessTokenError) {
    switch error {
    case .invalid: self = .invalidToken
    case .expired: self = .tokenExpired
    case .keysUnavailable: self = .unavailable
    }
  }

  fileprivate init(_ error: SubscriptionError) {
    switch error {
    case .notFound: self = .notFound
    case .revoked: self = .invalidToken
    case .unavailable: self = .unavailable
    case .leaving: self = .leaving
    }
  }
}
