import Application
import Domain
import Testing

@testable import AuthService

@Suite("Places of a network's sign-ins")
struct SignInPlacesTests {
  private let places = SignInPlaces(maximum: 2)

  /// Whether the network got a place.
  private func enter(_ address: String, _ body: () async throws -> Void) async -> Bool {
    do {
      let _: Bool = try await places.withPlace(of: ClientNetwork(address: address)) {
        try await body()
        return true
      }
      return true
    } catch { return (error as? IdentityError) != .unavailable }
  }

  @Test("a sign-in that has no room is refused before it is counted, and before its body is read")
  func first() async throws {
    let stage = try AuthStage()
    stage.passwords.beBusy()
    stage.serving.limiter.setAway(true)
    let refused = try await stage.answer(.post("/auth/login", body: "{"))
    #expect(refused.status == 503 && refused.code == "identity_unavailable")
    #expect(refused.headers["retry-after"] != nil)
    // Nothing was counted. docs/limits.md says so.
    #expect(refused.headers["ratelimit"] == nil && refused.headers["ratelimit-policy"] == nil)
    #expect(stage.serving.limiter.takes == 0)
    stage.passwords.beBusy(false)
    #expect(try await stage.answer(.post("/auth/login", body: "{")).code == "limits_unavailable")
  }

  @Test("a network has as many at once as its maximum, and others have their own; each place becomes free again")
  func bounded() async throws {
    for _ in 0..<3 {
      let first = await enter("203.0.113.9") {
        let second = await enter("203.0.113.9") {
          let third = await enter("203.0.113.9") {}
          let other = await enter("198.51.100.9") {}
          #expect(!third && other)
          #expect(throws: IdentityError.unavailable) {
            try places.requireFree(for: ClientNetwork(address: "203.0.113.9"))
          }
          try places.requireFree(for: ClientNetwork(address: "198.51.100.9"))
          throw IdentityError.invalidToken
        }
        #expect(second)
      }
      #expect(first)
    }
  }
}
