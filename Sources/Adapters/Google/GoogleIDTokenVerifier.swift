import Application
import Domain
import FoundationEssentials
import HTTPTransport
import JWTKit

/// Verifies Google's ID tokens: signed with RS256 by a published key, issued by Google for our client, with a verified
/// address.
public final class GoogleIDTokenVerifier: GoogleCredentialVerifier {
  /// How far Google's clock may be ahead of this one, in seconds.
  static let leeway: Double = 30
  /// The longest validity of a token, in seconds. Google's are valid for an hour.
  static let longestLife: Double = 86_400

  private struct Payload: JWTPayload {
    let iss: String
    let aud: String
    let sub: String
    let exp: Double
    let iat: Double
    let nbf: Double?
    let email: String?
    let email_verified: Bool?
    let hd: String?
    let name: String?
    let nonce: String?
    func verify(using algorithm: some JWTAlgorithm) async throws {}

    /// Whether the token is valid at this moment, in seconds since 1970.
    func isCurrent(at now: Double) -> Bool {
      now < exp && exp <= now + GoogleIDTokenVerifier.longestLife && iat <= now + GoogleIDTokenVerifier.leeway
        && (nbf ?? iat) <= now + GoogleIDTokenVerifier.leeway
    }
  }

  private let keys: GooglePublicKeys
  private let clientID: String
  private let clock: any WallClock

  public init(http: any RequestSender, baseURL: String, clientID: String, clock: any WallClock) {
    keys = GooglePublicKeys(http: http, url: "\(baseURL)/oauth2/v3/certs", clock: clock)
    self.clientID = clientID
    self.clock = clock
  }

  public func verify(_ credential: String) async throws(IdentityError) -> VerifiedGoogleCredential {
    guard credential.utf8.count <= 8_192, let (kid, signedText) = Self.parts(of: credential) else {
      throw .invalidCredentials
    }
    let keys = try await keys.keys(for: kid)
    let payload: Payload
    do {
      payload = try await keys.verify(credential, as: Payload.self)
    } catch {
      throw .invalidCredentials
    }
    guard ["https://accounts.google.com", "accounts.google.com"].contains(payload.iss), payload.aud == clientID,
      payload.isCurrent(at: clock.now().timeIntervalSince1970), payload.email_verified == true,
      Self.isSubject(payload.sub), let email = payload.email.flatMap(EmailAddress.init)
    else { throw .invalidCredentials }
    // Google lets people choose any name.
    let identity = GoogleIdentity(
      subject: payload.sub, email: email, name: payload.name.flatMap { DisplayName(fitting: $0)?.text },
      hostedDomain: payload.hd)
    return VerifiedGoogleCredential(
      identity: identity, nonce: payload.nonce, signedText: signedText,
      expiresAt: Date(timeIntervalSince1970: payload.exp))
  }

  /// At most 255 visible ASCII characters, as Google documents it.
  private static func isSubject(_ text: String) -> Bool {
    (1...255).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }

  /// The key's id, and the text that the signature is for. Accepts only RS256 with a kid: the library would use some key
  /// for an unknown kid.
  private static func parts(of token: String) -> (kid: String, signedText: String)? {
    struct Header: Decodable {
      let alg: String
      let kid: String
    }
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let head = Base64URL.decode(parts[0]), Base64URL.decode(parts[2]) != nil,
      let header = try? JSONDecoder().decode(Header.self, from: Data(head)), header.alg == "RS256"
    else { return nil }
    return (header.kid, "\(parts[0]).\(parts[1])")
  }
}
