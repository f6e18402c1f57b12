import Application
import Crypto
import Domain
import FoundationEssentials
import JWTKit

/// The Ed25519 key that signs access tokens. Its seed is HKDF-SHA256(JWT_SECRET_KEY, `jwt/ed25519/v1`); nothing else is
/// derived from that secret.
public struct TokenSigner: AccessTokenSigner {
  /// The public half as a JSON Web Key Set (RFC 7517, RFC 8037).
  public let keySet: String
  private let issuer: String
  private let kid: String
  private let keys = JWTKeyCollection()

  /// - Throws: if the derived seed is not a key, which does not happen.
  public init(secret: String, issuer: String) async throws {
    let seed = HKDF<SHA256>.deriveKey(
      inputKeyMaterial: SymmetricKey(data: Array(secret.utf8)), salt: [UInt8](), info: Array("jwt/ed25519/v1".utf8),
      outputByteCount: 32)
    let key = try seed.withUnsafeBytes { try Curve25519.Signing.PrivateKey(rawRepresentation: $0) }
    let x = Base64URL.encode(Array(key.publicKey.rawRepresentation))
    // RFC 7638: the hash of the key's required members, in lexicographic order.
    let thumbprint = "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"\(x)\"}"
    kid = Base64URL.encode(Array(SHA256.hash(data: Array(thumbprint.utf8))))
    keySet = """
      {"keys":[{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":"\(kid)","x":"\(x)"}]}
      """
    self.issuer = issuer
    await keys.add(eddsa: EdDSA.PrivateKey(backing: key), kid: JWKIdentifier(string: kid))
  }

  public func sign(_ claims: AccessTokenClaims, methods: [String], id: UUID) async throws -> String {
    let payload = AccessTokenPayload(
      iss: issuer, aud: AccessTokenRules.audience, sub: claims.userID.description, sid: claims.deviceID.description,
      jti: id.uuidString.lowercased(), iat: claims.issuedAt.unixSeconds,
      exp: claims.expiresAt.unixSeconds, authTime: claims.authenticatedAt.unixSeconds,
      amr: methods, scope: claims.scope.sorted().joined(separator: " "))
    var header = JWTHeader()
    header.typ = AccessTokenRules.type
    return try await keys.sign(payload, kid: JWKIdentifier(string: kid), header: header)
  }
}
