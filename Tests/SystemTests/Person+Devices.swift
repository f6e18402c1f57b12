import Foundation
import Testing

extension Suite {
  /// A route of each service that needs a signed-in user.
  static let ownRoutes = ["/auth/me", "/billing/balance", "/sessions", "/tasks"]

  /// Each service answers the token with this status.
  func expect(_ status: Int, of token: String) async throws {
    for route in Self.ownRoutes {
      #expect(try await call("GET", route, token: token).status == status, "\(route)")
    }
  }
}

extension Person {
  /// Signs in on another device.
  func signInAgain() async throws -> (token: String, refresh: String) {
    let answer = try await suite.call("POST", "/auth/login", body: ["email": email, "password": Self.password])
    try #require(answer.status == 200, "\(answer.json)")
    return (try answer.text("access_token"), try answer.text("refresh_token"))
  }
}

/// The claims of an access token.
func tokenClaims(_ token: String) throws -> [String: Any] {
  let part = try #require(token.split(separator: ".").dropFirst().first)
  let standard = String(part).replacing("-", with: "+").replacing("_", with: "/")
  let padded = standard + String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
  let data = try #require(Data(base64Encoded: padded))
  return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
}
