import Foundation
import HTTPTransport
import TestInfrastructure
import Testing

@Suite("Forged access tokens at the services", .serialized)
struct ForgedTokenTests {
  @Test("every forged token is refused by all four services alike, before and after a good one")
  func forged() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let forge = try TokenForge(genuine: person.token, secret: try suite.setting("JWT_SECRET_KEY"))
    #expect(forge.invalid.count(where: \.fitsHeader) >= 40)
    for round in ["cold", "warm"] {
      for route in Suite.ownRoutes {
        let details = try await refused(forge.invalid, route, round, suite)
        #expect(details.count == 1, "\(route) tells more than that a token is not valid: \(details)")
        #expect(try await refused(forge.expired, route, round, suite) == ["The access token has expired."])
      }
      try await suite.expect(200, of: forge.sound)
      try await suite.expect(200, of: person.token)
    }
  }

  /// - Returns: the details of the answers.
  private func refused(
    _ tokens: [TokenForge.Forged], _ route: String, _ round: String, _ suite: Suite
  ) async throws -> Set<String> {
    var details: Set<String> = []
    for forged in tokens where forged.fitsHeader {
      let answer = try await suite.call("GET", route, token: forged.token)
      #expect(answer.status == 401, "\(round), \(route): \(forged)")
      #expect(answer.response.header("www-authenticate") != nil, "\(route): \(forged)")
      details.insert(answer.json["detail"] as? String ?? "")
    }
    return details
  }
}
