import Application
import FoundationEssentials
import JWTKit
import Synchronization

/// Verifies access tokens by the auth service's published keys. The library is lenient (it uses some key for an unknown
/// kid, and accepts many spellings of base64), so a strict check of the token's form runs first. Verified tokens are
/// cached until they expire or their key is no longer published.
public final class TokenVerifier: AccessTokenVerifier {
  private struct Known {
    var keys = JWTKeyCollection()
    var kids: Set<String> = []
    var lastLook: Date?
    /// When the auth service last returned its keys.
    var lastTold: Date?
    var tokens = LeastRecentlyUsed<String, (claims: AccessTokenClaims, kid: String)>(most: 20_000)
  }

  private let known = Mutex(Known())
  private let issuer: String
  private let clock: any WallClock
  private let fetch: @Sendable () async -> String?
  private let copy: any KeySetCache

  /// - Parameter fetch: reads the auth service's key set; nil if that fails.
  public init(
    issuer: String, clock: any WallClock, copy: any KeySetCache, fetch: @escaping @Sendable () async -> String?
  ) {
    self.issuer = issuer
    self.clock = clock
    self.copy = copy
    self.fetch = fetch
  }

  /// Whether there are keys. Without keys every token is refused.
  public var hasKeys: Bool { known.withLock { !$0.kids.isEmpty } }

  public func verifiedBefore(_ token: String) -> AccessTokenClaims? {
    guard let found = known.withLock({ $0.tokens.value(for: token)?.claims }), !found.isExpired(at: clock.now()) else {
      return nil
    }
    return found
  }

  public func verify(_ token: String) async throws(AccessTokenError) -> AccessTokenClaims {
    guard let kid = Self.kid(of: token) else { throw .invalid }
    if !known.withLock({ $0.kids.contains(kid) }) { try await lookUp(kid) }
    let keys = known.withLock { $0.keys }
    let payload: AccessTokenPayload
    do {
      payload = try await keys.verify(token, as: AccessTokenPayload.self)
    } catch {
      throw .invalid
    }
    let now = clock.now()
    guard payload.iss == issuer, payload.aud == AccessTokenRules.audience, !payload.isEarly(at: now),
      let claims = payload.claims
    else { throw .invalid }
    guard !claims.isExpired(at: now) else { throw .expired }
    remember(token, claims, kid)
    return claims
  }

  /// Fetches the keys. `verify` does this itself when it meets an unknown kid.
  public func refresh() async {
    if let set = await fetch() {
      await adopt(set)
      let now = clock.now()
      known.withLock { $0.lastTold = now }
      await copy.write(set)
    } else if let set = await copy.read() {
      await adopt(set)
    }
  }

  /// A made-up kid must not cause a request to the auth service each time, so keys fetched within the last five seconds
  /// count as current. A key is published before it signs, so a kid that is missing from current keys is invalid.
  private func lookUp(_ kid: String) async throws(AccessTokenError) {
    let now = clock.now()
    if isFresh(at: now) { throw .invalid }
    let due = known.withLock { known in
      let pause: Double = known.kids.isEmpty ? 0.25 : 5
      if let last = known.lastLook, now.timeIntervalSince(last) < pause { return false }
      known.lastLook = now
      return true
    }
    if due { await refresh() }
    if known.withLock({ $0.kids.contains(kid) }) { return }
    throw isFresh(at: clock.now()) ? .invalid : .keysUnavailable
  }

  private func isFresh(at now: Date) -> Bool {
    known.withLock { known in known.lastTold.map { now.timeIntervalSince($0) < 5 } ?? false }
  }

  private func adopt(_ set: String) async {
    guard let parsed = try? JSONDecoder().decode(KeySet.self, from: Data(set.utf8)) else { return }
    let keys = JWTKeyCollection()
    var kids: Set<String> = []
    for key in parsed.keys where key.kty == "OKP" && key.crv == "Ed25519" {
      guard let publicKey = try? EdDSA.PublicKey(x: key.x, curve: .ed25519) else { continue }
      await keys.add(eddsa: publicKey, kid: JWKIdentifier(string: key.kid))
      kids.insert(key.kid)
    }
    guard !kids.isEmpty else { return }
    known.withLock { known in
      known.keys = keys
      known.kids = kids
      known.tokens.removeAll { !kids.contains($0.kid) }
    }
  }

  private func remember(_ token: String, _ claims: AccessTokenClaims, _ kid: String) {
    known.withLock { $0.tokens.set((claims, kid), for: token) }
  }

  /// The kid of a token that has exactly the form in which this system writes tokens; nil for any other.
  private static func kid(of token: String) -> String? {
    guard token.utf8.count <= AccessTokenRules.longest else { return nil }
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let head = Base64URL.decode(parts[0]), let body = Base64URL.decode(parts[1]),
      WholeJSONNumbers.areWhole(in: body), let signature = Base64URL.decode(parts[2]), signature.count == 64,
      let header = try? JSONDecoder().decode([String: String].self, from: Data(head))
    else { return nil }
    guard header.count == 3, header["alg"] == "EdDSA", header["typ"] == AccessTokenRules.type else { return nil }
    return header["kid"]
  }

  private struct KeySet: Decodable {
    struct Key: Decodable {
      let kty: String
      let crv: String?
      let kid: String
      let x: String
    }
    let keys: [Key]
  }
}
