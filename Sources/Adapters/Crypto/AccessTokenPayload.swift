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
  let exp: Int64
  let authTime: Int64
  let amr: [String]
  let scope: String

  enum CodingKeys: String, CodingKey { case iss, aud, sub, sid, jti, iat, exp, authTime = "auth_time", amr, scope }

  // Does not check the expiry: the caller compares it with an injected clock.
  func verify(using algorithm: some JWTAlgorithm) async throws {}

  var claims: AccessTokenClaims? {
    guard let user = UserID(sub), let device = DeviceID(sid) else { return nil }
    return AccessTokenClaims(
      userID: user, deviceID: device, scope: Set(scope.split(separator: " ").map(String.init)),
      issuedAt: Date(timeIntervalSince1970: Double(iat)),
      authenticatedAt: Date(timeIntervalSince1970: Double(authTime)),
      expiresAt: Date(timeIntervalSince1970: Double(exp)))
  }
}

enum AccessTokenRules {
  static let type = "tt+jwt"
  static let audience = "talktime"
  static let longest = 4_096
}
