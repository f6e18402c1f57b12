import Domain
import FoundationEssentials

/// What a verified access token says of its bearer.
public struct AccessTokenClaims: Sendable, Equatable {
  public let userID: UserID
  /// The `sid`: ending the device ends every token that carries it.
  public let deviceID: DeviceID
  public let scope: Set<String>
  public let issuedAt: Date
  /// When the bearer last gave a password or a credential (`auth_time`).
  public let authenticatedAt: Date
  public let expiresAt: Date

  public init(
    userID: UserID, deviceID: DeviceID, scope: Set<String>, issuedAt: Date, authenticatedAt: Date, expiresAt: Date
  ) {
    self.userID = userID
    self.deviceID = deviceID
    self.scope = scope
    self.issuedAt = issuedAt
    self.authenticatedAt = authenticatedAt
    self.expiresAt = expiresAt
  }
}

public enum AccessTokenError: StableError {
  /// Not one of ours, or not spelt as we spell it.
  case invalid
  case expired
  /// The key that would decide cannot be had just now.
  case keysUnavailable

  public var code: String {
    switch self {
    case .invalid: "invalid_token"
    case .expired: "token_expired"
    case .keysUnavailable: "keys_unavailable"
    }
  }
}

public protocol AccessTokenVerifier: Sendable {
  func verify(_ token: String) async throws(AccessTokenError) -> AccessTokenClaims
  /// The claims of a token that was verified before and is still good; nil asks for `verify`. Never waits.
  func verifiedBefore(_ token: String) -> AccessTokenClaims?
}
