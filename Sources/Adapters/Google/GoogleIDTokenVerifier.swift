import Application
import Domain
import FoundationEssentials
import HTTPTransport
import JWTKit
import Synchronization

/// Verifies Google's ID tokens: signed with RS256 by a published key, issued by Google for our client, with a verified
/// address.
public final class GoogleIDTokenVerifier: GoogleCredentialVerifier {
  private struct Payload: JWTPayload {
    let iss: String
    let aud: String
    let sub: String
    let exp: Double
    let iat: Double?
    let email: String?
    let email_verified: Bool?
    let name: String?
    let nonce: String?
    func verify(using algorithm: some JWTAlgorithm) async throws {}
  }

  /// Skips a key of a kind that the library does not know; the others stay usable.
  private struct KeySet: Decodable {
    let keys: [LenientlyDecoded<JWK>]
  }

  private struct Keys {
    var keys = JWTKeyCollection()
    var kids: Set<String> = []
    var goodUntil = Date.distantPast
  }

  private let known = Mutex(Keys())
  private let http: any RequestSender
  private let url: String
  private let clientID: String
  private let clock: any WallClock

  public init(http: any RequestSender, baseURL: String, clientID: String, clock: any WallClock) {
    self.http = http
    url = "\(baseURL)/oauth2/v3/certs"
    self.clientID = clientID
    self.clock = clock
  }

  public func verify(_ credential: String, nonce: String?) async throws(IdentityError) -> GoogleIdentity {
    guard credential.utf8.count <= 8_192, let kid = Self.kid(of: credential) else { throw .invalidCredentials }
    let keys = try await keys(for: kid)
    let payload: Payload
    do {
      payload = try await keys.verify(credential, as: Payload.self)
    } catch {
      throw .invalidCredentials
    }
    guard ["https://accounts.google.com", "accounts.google.com"].contains(payload.iss), payload.aud == clientID,
      clock.now().timeIntervalSince1970 < payload.exp, payload.email_verified == true, !payload.sub.isEmpty,
      payload.nonce == nonce, let email = payload.email.flatMap(EmailAddress.init)
    else { throw .invalidCredentials }
    // Google lets people choose any name.
    return GoogleIdentity(
      subject: payload.sub, email: email, name: payload.name.flatMap { DisplayName(fitting: $0)?.text })
  }

  private func keys(for kid: String) async throws(IdentityError) -> JWTKeyCollection {
    let (current, isKnown) = known.withLock { known in
      (known.keys, known.kids.contains(kid) && clock.now() < known.goodUntil)
    }
    if isKnown { return current }
    let response: HTTPClientResponse
    do {
      response = try await http.send(HTTPClientRequest(method: "GET", url: url), deadline: .seconds(5))
    } catch {
      throw .unavailable
    }
    guard response.status == 200, let set = try? JSONDecoder().decode(KeySet.self, from: Data(response.body)) else {
      throw .unavailable
    }
    let fresh = JWTKeyCollection()
    var kids: Set<String> = []
    for key in set.keys.compactMap(\.value) {
      guard let kid = key.keyIdentifier?.string, (try? await fresh.add(jwk: key)) != nil else { continue }
      kids.insert(kid)
    }
    let goodUntil = clock.now().addingTimeInterval(Double(Self.maximumAge(response)))
    known.withLock { $0 = Keys(keys: fresh, kids: kids, goodUntil: goodUntil) }
    guard kids.contains(kid) else { throw .invalidCredentials }
    return fresh
  }

  /// Reads Cache-Control, in seconds; an hour if Google does not say.
  private static func maximumAge(_ response: HTTPClientResponse) -> Int {
    let parts = (response.header("cache-control") ?? "").lowercased().split(whereSeparator: { $0 == "," || $0 == " " })
    let age = parts.first { $0.hasPrefix("max-age=") }.flatMap { Int($0.dropFirst(8)) } ?? 3_600
    return min(max(0, age), 86_400)
  }

  /// Accepts only RS256 with a kid: the library would use some key for an unknown kid.
  private static func kid(of token: String) -> String? {
    struct Header: Decodable {
      let alg: String
      let kid: String
    }
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let head = Base64URL.decode(parts[0]), Base64URL.decode(parts[2]) != nil,
      let header = try? JSONDecoder().decode(Header.self, from: Data(head)), header.alg == "RS256"
    else { return nil }
    return header.kid
  }
}
