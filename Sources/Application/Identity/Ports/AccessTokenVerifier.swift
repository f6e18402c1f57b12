import Domain
import FoundationEssentials

/// What a verified access token says about its bearer.
public struct AccessTokenClaims: Sendable, Equatable {
  public let userID: UserID
  /// The `sid`: ending the device invalidates every token that carries its id.
  public let deviceID: DeviceID
  public let scope: Set<String>
  /// Of a token with the scope `operator`, and of no other.
  public let role: OperatorRole?
  public let issuedAt: Date
  /// When the bearer last presented a password or a credential (`auth_time`).
  public let authenticatedAt: Date
  public let expiresAt: Date

  public var isOperator: Bool { scope.contains("operator") }

  /// Whether the bearer is an operator with this role, or with one that may do more.
  public func isOperator(_ least: OperatorRole) -> Bool { isOperator && role.map { $0 >= least } ?? false }

  /// How much the clocks of two machines may differ.
  public static let leeway = Duration.seconds(30)

  /// The end of the token's life on a machine whose clock may differ.
  public var acceptedUntil: Date { expiresAt + Double(Self.leeway.components.seconds) }

  public func isExpired(at now: Date) -> Bool { now >= acceptedUntil }

  public init(
    userID: UserID, deviceID: DeviceID, scope: Set<String>, role: OperatorRole? = nil, issuedAt: Date,
    authenticatedAt: Date, expiresAt: Date
  ) {
    self.userID = userID
    self.deviceID = deviceID
    self.scope = scope
    self.role = role
    self.issuedAt = issuedAt
    self.authenticatedAt = authenticatedAt
    self.expiresAt = expiresAt
  }
}

public enum AccessTokenError: StableError {
  /// The token was not issued by this system, or is not in its exact spelling.
  case invalid
  case expired
  /// The key for the token's signature is not available at the moment.
  case keysUnavailable
  /// The copy of the revocations cannot be read or is incomplete: all tokens are refused.
  case revocationsUnavailable

  public var code: String {
    switch self {
    case .invalid: "invalid_token"
    case .expired: "token_expired"
    // One code for both, because a client reacts in the same way.
    case .keysUnavailable, .revocationsUnavailable: "keys_unavailable"
    }
  }
}

public protocol AccessTokenVerifier: Sendable {
  func verify(_ token: String) async throws(AccessTokenError) -> AccessTokenClaims
  /// The claims of a token that was verified before and is still valid. Nil means that `verify` is needed. Never waits.
  func verifiedBefore(_ token: String) -> AccessTokenClaims?
}
