import CryptoExtras
import FoundationEssentials
import Hummingbird
import JWTKit

/// Google's published keys, and ID tokens for invented people.
struct GoogleRoutes: Sendable {
  private let keys: JWTKeyCollection
  private let keySet: JSON
  private let clientID: String
  private static let kid = "sandbox-1"

  private struct Token: JWTPayload {
    let iss, aud, sub, email: String
    let email_verified: Bool
    let name: String?
    let nonce: String?
    let iat, exp: Int
    func verify(using algorithm: some JWTAlgorithm) async throws {}
  }

  init(clientID: String) async throws {
    self.clientID = clientID
    let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
    let numbers = try key.publicKey.getKeyPrimitives()
    keySet = [
      "keys": [
        [
          "kty": "RSA", "alg": "RS256", "use": "sig", "kid": .string(Self.kid),
          "n": .string(base64URL(numbers.modulus)),
          "e": .string(base64URL(numbers.publicExponent)),
        ]
      ]
    ]
    keys = JWTKeyCollection()
    await keys.add(
      rsa: try Insecure.RSA.PrivateKey(backing: key), digestAlgorithm: .sha256, kid: JWKIdentifier(string: Self.kid))
  }

  func add(to api: RouterGroup<SandboxContext>) {
    for path in ["oauth2/v3/certs", "oauth2/v1/certs"] {
      api.get(RouterPath(path)) { _, _ in
        Response.json(keySet, headers: [.cacheControl: "public, max-age=3600, must-revalidate"])
      }
    }
  }

  func addControls(to control: RouterGroup<SandboxContext>) {
    control.post("token") { request, _ in
      let body = try await request.instructions()
      guard let email = body["email"]?.string else { throw ControlFailure("email is required") }
      let now = unixNow()
      let token = Token(
        iss: "https://accounts.google.com", aud: body["aud"]?.string ?? clientID,
        sub: body["sub"]?.string ?? Self.subject(email), email: email,
        email_verified: body["email_verified"]?.bool ?? true, name: body["name"]?.string, nonce: body["nonce"]?.string,
        iat: now, exp: now + (body["expires_in"]?.int ?? 3_600))
      return Response.json(["credential": .string(try await keys.sign(token, kid: JWKIdentifier(string: Self.kid)))])
    }
  }

  /// The same subject for the same address.
  private static func subject(_ email: String) -> String {
    String(email.utf8.reduce(UInt64(1_469_598_103_934_665_603)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 })
  }
}
