import Foundation
import Testing

@Suite("Changing the secret of access tokens", .serialized)
struct KeyRotationTests {
  @Test("in three steps, nobody is signed out at any moment")
  func steps() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let device = try await person.signInAgain()
    let old = try suite.setting("JWT_SECRET_KEY")
    let new = "a-new-secret-of-more-than-thirty-two-bytes-\(UUID().uuidString)"
    let asking = Task { try await suite.refused([person.token, device.token]) }
    let before = try await suite.keyIDs()
    try await suite.restartAuth("JWT_SECRET_KEY_NEXT=\(new)")
    _ = try await eventually("the next key is published") { try await suite.keyIDs().count == 2 ? true : nil }
    #expect(try await suite.keyIDs().first == before.first)
    try await suite.restartAuth("JWT_SECRET_KEY=\(new)", "JWT_SECRET_KEY_PREVIOUS=\(old)")
    // The other services meet a key that they have not read yet.
    let fresh = try await person.signInAgain()
    for route in Suite.ownRoutes {
      _ = try await eventually("\(route) accepts the new key") {
        try await suite.call("GET", route, token: fresh.token).status == 200 ? true : nil
      }
    }
    for token in [person.token, device.token, fresh.token] { try await suite.expect(200, of: token) }
    asking.cancel()
    #expect(try await asking.value == 0)
    // Without the previous secret its tokens are refused by the auth service, and a refresh token brings a new one.
    try await suite.restartAuth("JWT_SECRET_KEY=\(new)")
    #expect(try await suite.call("GET", "/auth/me", token: device.token).status == 401)
    let again = try await suite.call("POST", "/auth/refresh", body: ["refresh_token": device.refresh])
    #expect(try await suite.call("GET", "/auth/me", token: try again.text("access_token")).status == 200)
    try await suite.restartAuth()
  }
}

extension Suite {
  fileprivate func restartAuth(_ settings: String...) async throws {
    try await dev("kill", "auth", "1")
    try await dev(["start", "auth", "1"] + settings)
  }

  fileprivate func keyIDs() async throws -> [String] {
    let answer = try await call("GET", "/auth/.well-known/jwks.json")
    return (answer.json["keys"] as? [[String: Any]] ?? []).compactMap { $0["kid"] as? String }
  }

  /// Asks with the tokens until it is cancelled.
  /// - Returns: how often one was refused.
  fileprivate func refused(_ tokens: [String]) async throws -> Int {
    var count = 0
    while !Task.isCancelled {
      for token in tokens {
        for route in Self.ownRoutes where (try? await call("GET", route, token: token).status) == 401 { count += 1 }
      }
    }
    return count
  }
}
