import Application
import Crypto
import Domain
import FoundationEssentials
import JWTKit

/// The Ed25519 key that signs access tokens. Its seed is HKDF-SHA256(JWT_SECRET_KEY, `jwt/ed25519/v1`); nothing else is
/// derived from that secret. While the secret is being changed, the public keys of the next and of the previous one are
/// published, too: every service knows a key before it signs, and until the last token that it signed has expired.
public struct TokenSigner: AccessTokenSigner {
  /// The public keys as a JSON Web Key Set (RFC 7517, RFC 8037), the one that signs first.
  public let keySet: String
  private let issuer: String
  private let kid: String
  private let keys = JWTKeyCollection()

  /// - Parameters:
  ///   - next: the secret that will sign, once every service knows its key.
  ///   - previous: the secret that signed before.
  /// - Throws: if a derived seed is not a key, which does not happen.
  public init(secret: String, next: String? = nil, previous: String? = nil, issuer: String) async throws {
    let current = try Pair(secret)
    var published = [current]
    for other in [next, previous].compactMap(\.self) where other != secret { published.append(try Pair(other)) }
    kid = current.kid
    keySet = "{\"keys\":[\(published.map(\.json).joined(separator: ","))]}"
    self.issuer = issuer
    await keys.add(eddsa: EdDSA.PrivateKey(backing: current.key), kid: JWKIdentifier(string: kid))
  }

  /// A key that is derived from a secret.
  private struct Pair {
    let key: Curve25519.Signing.PrivateKey
    let kid: String
    let json: String

    init(_ secret: String) throws {
      let seed = HKDF<SHA256>.deriveKey(
        inputKeyMaterial: SymmetricKey(data: Array(secret.utf8)), salt: [UInt8](), info: Array("jwt/ed25519/v1".utf8),
        outputByteCount: 32)
      key = try seed.withUnsafeBytes { try Curve25519.Signing.PrivateKey(rawRepresentation: $0) }
      let x = Base64URL.encode(Array(key.publicKey.rawRepresentation))
      // RFC 7638: the hash of the key's required members, in lexicographic order.
      let thumbprint = "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"\(x)\"}"
      kid = Base64URL.encode(Array(SHA256.hash(data: Array(thumbprint.utf8))))
      json = """
        {"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":"\(kid)","x":"\(x)"}
        """
    }
  }

  public func sign(_ claims: AccessTokenClaims, methods: [String], id: UUID) async throws -> String {
    let payload = AccessTokenPayload(
      iss: issuer, aud: AccessTokenRules.audience, sub: claims.userID.description, sid: claims.deviceID.description,
      jti: id.uuidString.lowercased(), iat: claims.issuedAt.unixSeconds,
      exp: claims.expiresAt.unixSeconds, authTime: claims.authenticatedAt.unixSeconds,
      amr: methods, scope: claims.scope.sorted().joined(separator: " "), role: claims.role?.rawValue)
    var header = JWTHeader()
    header.typ = AccessTokenRules.type
    return try await keys.sign(payload, kid: JWKIdentifier(string: kid), header: header)
  }
}
