import Domain
import FoundationEssentials

/// Why a bearer is not admitted to a link.
public enum SubscribeToTalkError: StableError {
  /// The token was not issued by this system, or was revoked.
  case invalidToken
  case tokenExpired
  /// The bearer has no such talk.
  case notFound
  /// The token or the talk cannot be checked at the moment: the bearer may try again.
  case unavailable
  /// This instance shuts down.
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

/// The heartbeat of a link's bearer, and the stream of the talk's changes.
public struct SubscribedTalk: Sendable {
  public let claims: AccessTokenClaims
  public let stream: TalkSubscriptionStream

  public init(claims: AccessTokenClaims, stream: TalkSubscriptionStream) {
    self.claims = claims
    self.stream = stream
  }
}

/// Admits a bearer to the link of their talk. The token is verified once here; the subscription watches for its
/// revocation from then on.
public struct SubscribeToTalk: Sendable {
  private let tokens: any AccessTokenVerifier
  private let revocations: any RevocationChecker
  private let talks: any TalkSubscriptionProvider

  public init(tokens: any AccessTokenVerifier, revocations: any RevocationChecker, talks: any TalkSubscriptionProvider)
  {
    self.tokens = tokens
    self.revocations = revocations
    self.talks = talks
  }

  /// - Parameters:
  ///   - session: nil for a text that is not a session id; only a signed-in bearer learns that no talk has it.
  ///   - instead: the link's subscription so far, if the link continues with a new token.
  public func callAsFunction(
    _ session: SessionID?, token: String, instead: TalkSubscriptionID? = nil
  ) async throws(SubscribeToTalkError) -> SubscribedTalk {
    let claims = try await bearer(token)
    guard let session else { throw .notFound }
    do throws(TalkSubscriptionError) {
      let stream = try await talks.subscribe(
        TalkSubscriptionRequest(
          session: session, user: claims.userID, device: claims.deviceID,
          issuedAt: claims.issuedAt.unixSeconds, isSteady: false, instead: instead))
      return SubscribedTalk(claims: claims, stream: stream)
    } catch {
      throw SubscribeToTalkError(error)
    }
  }

  private func bearer(_ token: String) async throws(SubscribeToTalkError) -> AccessTokenClaims {
    do throws(AccessTokenError) {
      let claims: AccessTokenClaims
      if let known = tokens.verifiedBefore(token) { claims = known } else { claims = try await tokens.verify(token) }
      if try await revocations.isRevoked(claims) { throw AccessTokenError.invalid }
      return claims
    } catch {
      throw SubscribeToTalkError(error)
    }
  }
}

extension SubscribeToTalkError {
  fileprivate init(_ error: AccessTokenError) {
    switch error {
    case .invalid: self = .invalidToken
    case .expired: self = .tokenExpired
    case .keysUnavailable, .revocationsUnavailable: self = .unavailable
    }
  }

  fileprivate init(_ error: TalkSubscriptionError) {
    switch error {
    case .notFound: self = .notFound
    case .revoked: self = .invalidToken
    case .unavailable: self = .unavailable
    case .leaving: self = .leaving
    }
  }
}
