import Application
import CryptoAdapter
import Domain
import Foundation
import Synchronization
import Testing

private struct FixedClock: WallClock {
  let date: Date
  func now() -> Date { date }
}

private struct NoCopy: KeySetCache {
  func read() async -> String? { nil }
  func write(_ keySet: String) async {}
}

@Suite("Access tokens")
struct TokenTests {
  private let now = Date(timeIntervalSince1970: 1_795_500_000)

  private func claims(
    expires: Double = 900, issued: Double = 0, scope: Set<String> = [], role: OperatorRole? = nil
  ) -> AccessTokenClaims {
    AccessTokenClaims(
      userID: UserID(UUID()), deviceID: DeviceID(UUID()), scope: scope, role: role,
      issuedAt: now.addingTimeInterval(issued), authenticatedAt: now, expiresAt: now.addingTimeInterval(expires))
  }

  private func pair(_ secret: String = "a secret of more than thirty-two bytes") async throws -> (
    TokenSigner, TokenVerifier
  ) {
    let signer = try await TokenSigner(secret: secret, issuer: "http://localhost")
    let keySet = signer.keySet
    let verifier = TokenVerifier(
      issuer: "http://localhost", clock: FixedClock(date: now), copy: NoCopy(), fetch: { keySet })
    return (signer, verifier)
  }

  @Test("a signed token is verified, and cached")
  func roundTrip() async throws {
    let (signer, verifier) = try await pair()
    let given = claims()
    let token = try await signer.sign(given, methods: ["pwd"], id: UUID())
    #expect(verifier.verifiedBefore(token) == nil)
    #expect(try await verifier.verify(token) == given)
    #expect(verifier.verifiedBefore(token) == given)
  }

  @Test("an operator's token names the role, and one without it, or another's with one, is refused")
  func roles() async throws {
    let (signer, verifier) = try await pair()
    for role in OperatorRole.allCases {
      let given = claims(scope: ["operator"], role: role)
      #expect(try await verifier.verify(try await signer.sign(given, methods: ["otp"], id: UUID())) == given)
    }
    for bad in [claims(scope: ["operator"]), claims(role: .admin)] {
      let token = try await signer.sign(bad, methods: ["otp"], id: UUID())
      await #expect(throws: AccessTokenError.invalid) { try await verifier.verify(token) }
    }
  }

  /// The key set that a verifier finds, which the test changes.
  private final class PublishedKeys: Sendable {
    private let keys = Mutex("")
    var current: String { keys.withLock { $0 } }
    func publish(_ signer: TokenSigner) { keys.withLock { $0 = signer.keySet } }
  }

  @Test("while the secret is changed in three steps, every token is accepted until its key is no longer published")
  func rotation() async throws {
    let (old, new) = ("an old secret of more than thirty-two bytes", "a new secret of more than thirty-two bytes")
    let issuer = "http://localhost"
    let steps = [
      try await TokenSigner(secret: old, issuer: issuer), try await TokenSigner(secret: old, next: new, issuer: issuer),
      try await TokenSigner(secret: new, previous: old, issuer: issuer),
      try await TokenSigner(secret: new, issuer: issuer),
    ]
    let published = PublishedKeys()
    let verifier = TokenVerifier(
      issuer: issuer, clock: FixedClock(date: now), copy: NoCopy(), fetch: { published.current })
    var tokens: [String] = []
    for (number, signer) in steps.enumerated() {
      // Each service learns the step's keys some time after the first tokens of the step.
      tokens.append(try await signer.sign(claims(), methods: [], id: UUID()))
      if number > 0 { for token in tokens { _ = try await verifier.verify(token) } }
      published.publish(signer)
      await verifier.refresh()
      for token in tokens.suffix(number == 3 ? 2 : 4) { _ = try await verifier.verify(token) }
    }
    for token in tokens.prefix(2) {
      #expect(verifier.verifiedBefore(token) == nil)
      await #expect(throws: AccessTokenError.invalid) { try await verifier.verify(token) }
    }
  }

  @Test("an expired token is recognized as such, and never comes from the cache")
  func expired() async throws {
    let (signer, verifier) = try await pair()
    let token = try await signer.sign(claims(expires: -31, issued: -3_600), methods: [], id: UUID())
    await #expect(throws: AccessTokenError.expired) { try await verifier.verify(token) }
    #expect(verifier.verifiedBefore(token) == nil)
  }

  @Test("a token with a changed bit, another spelling, another key or another algorithm is refused")
  func refused() async throws {
    let (signer, verifier) = try await pair()
    let token = try await signer.sign(claims(), methods: [], id: UUID())
    _ = try await verifier.verify(token)
    let parts = token.split(separator: ".").map(String.init)
    let (other, _) = try await pair("another secret of more than thirty-two bytes")
    let foreign = try await other.sign(claims(), methods: [], id: UUID())
    let head = Base64URL.encode(Array(#"{"alg":"none","typ":"tt+jwt","kid":"x"}"#.utf8))
    // The last character of a 64-byte signature has two unused bits, so three other spellings have the same bytes.
    let last = parts[2].last.map(String.init) ?? ""
    let spellings = "AQgw".contains(last) ? "BRhx" : "AQgw"
    let wrong = [
      parts[0] + "." + parts[1] + "." + parts[2].dropLast() + String(spellings.first ?? "B"),
      parts[0] + "." + parts[1] + "x." + parts[2], token + "=", token + ".", "", head + "." + parts[1] + ".",
      head + "." + parts[1] + "." + parts[2], String(repeating: "a", count: 5_000),
    ]
    for text in wrong {
      await #expect(throws: AccessTokenError.invalid, "\(text.prefix(40))") { try await verifier.verify(text) }
    }
    await #expect(throws: AccessTokenError.self) { try await verifier.verify(foreign) }
  }

  @Test("Argon2id accepts the right password, and refuses a wrong one and one without an account")
  func passwords() async throws {
    let passwords = try Argon2PasswordHasher(random: SystemRandom())
    let password = Password("correct horse battery")
    let hash = try await passwords.hash(password)
    #expect(hash.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
    #expect(try await passwords.verify(password.text, against: hash))
    #expect(try await !passwords.verify("correct horse batterx", against: hash))
    #expect(try await !passwords.verify("decoy", against: nil))
  }
}
