import Application
import Domain
import FoundationEssentials
import JWTKit

/// The claims of an access token in their wire form.
struct AccessTokenPayload: JWTPayload {
  let iss: String
  let aud: String
  let sub: String
  let sid: String
  let jti: String
  let iat: Int64
  /// Never signed by us; a token that has it is not valid before.
  var nbf: Int64?
  let exp: Int64
  let authTime: Int64
  let amr: [String]
  let scope: String
  /// The role of an operator, and of nobody else.
  var role: String?

  enum CodingKeys: String, CodingKey {
    case iss, aud, sub, sid, jti, iat, nbf, exp, authTime = "auth_time", amr, scope, role
  }

  // Does not check the times: the caller compares them with an injected clock.
  func verify(using algorithm: some JWTAlgorithm) async throws {}

  /// Nil for claims that the signer never makes: an id in another spelling, a life longer than its scope allows, an
  /// operator without a role, or another with one.
  var claims: AccessTokenClaims? {
    guard let user = UserID(sub), user.description == sub, let device = DeviceID(sid), device.description == sid else {
      return nil
    }
    let scopes = Set(scope.split(separator: " ").map(String.init))
    let operatorRole = role.flatMap(OperatorRole.init)
    guard scopes.contains(Scope.operator.rawValue) == (role != nil), (role != nil) == (operatorRole != nil) else {
      return nil
    }
    let (life, overflow) = exp.subtractingReportingOverflow(iat)
    guard !overflow, life > 0, life <= IssueTokens.life(scope: scopes).components.seconds else { return nil }
    return AccessTokenClaims(
      userID: user, deviceID: device, scope: scopes, role: operatorRole,
      issuedAt: Date(timeIntervalSince1970: Double(iat)),
      authenticatedAt: Date(timeIntervalSince1970: Double(authTime)),
      expiresAt: Date(timeIntervalSince1970: Double(exp)))
  }

  /// Whether the token comes from the future, by more than clocks may differ.
  func isEarly(at now: Date) -> Bool {
    let latest = now.timeIntervalSince1970 + Double(AccessTokenClaims.leeway.components.seconds)
    return Double(iat) > latest || nbf.map { Double($0) > latest } ?? false
  }
}

enum AccessTokenRules {
  static let type = "tt+jwt"
  static let audience = "talktime"
  static let longest = 4_096
}
