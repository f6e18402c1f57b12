import Application
import CryptoAdapter
import Domain
import Fakes
import Foundation
import TestInfrastructure
import Testing

@Suite("Forged access tokens")
struct ForgedTokenTests {
  private static let secret = "a secret of more than thirty-two bytes"
  private let clock = FakeClock()

  private func verifier() async throws -> (TokenVerifier, TokenForge) {
    let signer = try await TokenSigner(secret: Self.secret, issuer: "http://localhost")
    let keySet = signer.keySet
    let verifier = TokenVerifier(
      issuer: "http://localhost", clock: clock, copy: InMemoryKeySetCache(), fetch: { keySet })
    let now = clock.now()
    let claims = AccessTokenClaims(
      userID: UserID(UUID()), deviceID: DeviceID(UUID()), scope: [], issuedAt: now, authenticatedAt: now,
      expiresAt: now + 86_400)
    let genuine = try await signer.sign(claims, methods: ["pwd"], id: UUID())
    return (verifier, try TokenForge(genuine: genuine, secret: Self.secret, now: now))
  }

  @Test("every forged token is refused, before and after a good one was verified")
  func refused() async throws {
    let (verifier, forge) = try await verifier()
    #expect(forge.invalid.count > 40)
    for _ in 0..<2 {
      for forged in forge.invalid {
        await #expect(throws: AccessTokenError.invalid, "\(forged)") { try await verifier.verify(forged.token) }
        #expect(verifier.verifiedBefore(forged.token) == nil, "\(forged)")
      }
      for forged in forge.expired {
        await #expect(throws: AccessTokenError.expired, "\(forged)") { try await verifier.verify(forged.token) }
      }
      _ = try await verifier.verify(forge.sound)
      #expect(verifier.verifiedBefore(forge.sound) != nil)
    }
  }

  @Test("clocks may differ by thirty seconds")
  func leeway() async throws {
    let (verifier, forge) = try await verifier()
    for token in forge.withinLeeway { _ = try await verifier.verify(token.token) }
    clock.advance(.seconds(3_600 + 29))
    #expect(verifier.verifiedBefore(forge.sound) == nil)
    _ = try await verifier.verify(forge.sound)
    #expect(verifier.verifiedBefore(forge.sound) != nil)
    clock.advance(.seconds(1))
    #expect(verifier.verifiedBefore(forge.sound) == nil)
    await #expect(throws: AccessTokenError.expired) { try await verifier.verify(forge.sound) }
  }
}
