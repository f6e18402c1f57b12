import CryptoExtras
import FoundationEssentials
import Hummingbird
import JWTKit
import X509

/// Google's published keys, and ID tokens for invented people.
struct GoogleRoutes: Sendable {
  private let keys: JWTKeyCollection
  private let keySet: JSON
  private let certificate: String
  private let clientID: String
  private static let kid = "sandbox-1"

  private struct Token: JWTPayload {
    let iss, aud, sub, email: String
    let email_verified: Bool
    let hd, name, nonce: String?
    let iat, exp: Int
    /// Google's credentials have an id of their own, so no two are equal.
    let jti: String
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
    certificate = try Self.certificate(of: key)
    keys = JWTKeyCollection()
    await keys.add(
      rsa: try Insecure.RSA.PrivateKey(backing: key), digestAlgorithm: .sha256, kid: JWKIdentifier(string: Self.kid))
  }

  func add(to api: RouterGroup<SandboxContext>) {
    let caching: HTTPFields = [.cacheControl: "public, max-age=3600, must-revalidate"]
    api.get("oauth2/v3/certs") { _, _ in Response.json(keySet, headers: caching) }
    api.get("oauth2/v1/certs") { _, _ in Response.json([Self.kid: .string(certificate)], headers: caching) }
  }

  /// A self-signed certificate in PEM, as Google publishes each of its keys at the older address.
  private static func certificate(of key: _RSA.Signing.PrivateKey) throws -> String {
    let name = try DistinguishedName { CommonName("federated-signon.system.gserviceaccount.com") }
    let now = Date()
    let certificate = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey), notValidBefore: now - 60,
      notValidAfter: now + 16 * 86_400, issuer: name, subject: name, signatureAlgorithm: .sha256WithRSAEncryption,
      extensions: Certificate.Extensions(), issuerPrivateKey: .init(key))
    return try certificate.serializeAsPEM().pemString + "\n"
  }

  func addControls(to control: RouterGroup<SandboxContext>) {
    control.post("token") { request, _ in
      let body = try await request.instructions()
      guard let email = body["email"]?.string else { throw ControlFailure("email is required") }
      let now = unixNow()
      let token = Token(
        iss: body["iss"]?.string ?? "https://accounts.google.com", aud: body["aud"]?.string ?? clientID,
        sub: body["sub"]?.string ?? Self.subject(email), email: email,
        email_verified: body["email_verified"]?.bool ?? true, hd: body["hd"]?.string, name: body["name"]?.string,
        nonce: body["nonce"]?.string, iat: now + (body["issued_in"]?.int ?? 0),
        exp: now + (body["expires_in"]?.int ?? 3_600), jti: UUID().uuidString)
      return Response.json(["credential": .string(try await keys.sign(token, kid: JWKIdentifier(string: Self.kid)))])
    }
  }

  /// The same subject for the same address.
  private static func subject(_ email: String) -> String {
    String(email.utf8.reduce(UInt64(1_469_598_103_934_665_603)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 })
  }
}
