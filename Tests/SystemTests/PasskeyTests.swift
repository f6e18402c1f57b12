import Crypto
import Domain
import Fakes
import Foundation
import Testing

/// Passkeys from outside, with an authenticator in software that has a real key.
@Suite("Passkeys of the running suite", .serialized)
struct PasskeyTests {
  private func authenticator(_ person: Person) throws -> SoftAuthenticator {
    let key = P256.Signing.PrivateKey()
    let point = Array(key.publicKey.x963Representation.dropFirst())
    return SoftAuthenticator(
      user: try #require(UserID(person.id)), credentialID: (0..<32).map { _ in UInt8.random(in: 0...255) },
      publicKey: SoftAuthenticator.es256(x: Array(point.prefix(32)), y: Array(point.suffix(32))),
      publicURL: person.suite.publicURL, hash: { Array(SHA256.hash(data: $0)) },
      sign: { Array(try key.signature(for: $0).derRepresentation) })
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  /// Adds a passkey for the person and gives our id of it.
  private func add(_ soft: SoftAuthenticator, _ person: Person, name: String? = nil) async throws -> String {
    let options = try await person.call("POST", "/auth/passkeys/options", body: [:])
    var body: [String: Any] = ["credential": try object(soft.registration(try options.text("challenge")))]
    body["name"] = name
    let answer = try await person.call("POST", "/auth/passkeys", body: body)
    try #require(answer.status == 201, "\(answer.json)")
    return try answer.text("id")
  }

  private func assertion(_ soft: SoftAuthenticator, _ suite: Suite, counter: UInt32 = 0) async throws -> [String: Any] {
    let options = try await suite.call("POST", "/auth/passkey/options", body: [:])
    return try object(try soft.assertion(try options.text("challenge"), counter: counter))
  }

  @Test("a passkey and a mailed code renew the proof of identity, and delete the account")
  func proofs() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let soft = try authenticator(person)
    _ = try await add(soft, person)
    func proof() async throws -> [String: Any] {
      let options = try await person.call("POST", "/auth/reauth/options", body: [:])
      #expect((options.json["allowCredentials"] as? [Any])?.count == 1)
      return ["passkey": try object(try soft.assertion(try options.text("challenge")))]
    }
    let signIn = try await assertion(soft, suite)
    #expect(try await person.call("POST", "/auth/reauth", body: ["passkey": signIn]).status == 401)
    let once = try await proof()
    let proven = try await person.call("POST", "/auth/reauth", body: once)
    #expect(proven.status == 200, "\(proven.json)")
    #expect(try tokenClaims(try proven.text("access_token"))["amr"] as? [String] == ["pwd", "passkey"])
    #expect(try await person.call("POST", "/auth/reauth", body: once).status == 401)

    #expect(try await person.call("POST", "/auth/reauth/mail").status == 202)
    let code = try await person.code("your code")
    let byCode = try await person.call("POST", "/auth/reauth", body: ["code": code])
    #expect(byCode.status == 200, "\(byCode.json)")
    #expect(try tokenClaims(try byCode.text("access_token"))["amr"] as? [String] == ["pwd", "passkey", "email"])
    #expect(try await person.call("POST", "/auth/reauth", body: ["code": code]).status == 401)

    #expect(try await person.call("DELETE", "/auth/me", body: try await proof()).status == 204)
    let other = try await Person.signUp(suite)
    #expect(try await other.call("POST", "/auth/reauth/mail").status == 202)
    let last = try await other.code("your code")
    let wrong = last.hasPrefix("0") ? "11111111" : "00000000"
    #expect(try await other.call("DELETE", "/auth/me", body: ["code": wrong]).status == 401)
    #expect(try await other.call("DELETE", "/auth/me", body: ["code": last]).status == 204)
    for gone in [person, other] { try await suite.expect(401, of: gone.token) }
  }

  @Test("a passkey is added, signs in alone, is listed and removed, and its owner is told by mail")
  func life() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    try await person.verifyEmail()
    let soft = try authenticator(person)
    let id = try await add(soft, person, name: "Phone")
    _ = try await person.mail("A passkey was added")
    let answer = try await suite.call("POST", "/auth/passkey", body: try await assertion(soft, suite))
    #expect(answer.status == 200)
    let token = try answer.text("access_token")
    let claims = try tokenClaims(token)
    #expect(claims["amr"] as? [String] == ["passkey"] && claims["sub"] as? String == person.id)
    try await suite.expect(200, of: token)
    let refreshed = try await suite.call(
      "POST", "/auth/refresh", body: ["refresh_token": try answer.text("refresh_token")])
    #expect(try tokenClaims(try refreshed.text("access_token"))["amr"] as? [String] == ["passkey"])
    let items = try await person.call("GET", "/auth/passkeys").items
    #expect(items.count == 1 && items.first?["name"] as? String == "Phone" && items.first?["last_used_at"] is String)
    let stranger = try await Person.signUp(suite)
    #expect(try await stranger.call("DELETE", "/auth/passkeys/\(id)").status == 404)
    #expect(try await person.call("DELETE", "/auth/passkeys/\(id)").status == 204)
    _ = try await person.mail("A passkey was removed")
    let gone = try await suite.call("POST", "/auth/passkey", body: try await assertion(soft, suite))
    #expect(gone.status == 401 && gone.json["credential"] as? String == "unknown")
    // What was signed in stays so.
    try await suite.expect(200, of: token)
  }

  @Test("a browser gets its refresh token in the cookie, from our own pages only")
  func cookie() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let soft = try authenticator(person)
    _ = try await add(soft, person)
    let headers = [("X-Session", "cookie"), ("Origin", suite.publicURL)]
    let answer = try await suite.call(
      "POST", "/auth/passkey", body: try await assertion(soft, suite), headers: headers)
    #expect(answer.status == 200 && answer.response.header("set-cookie")?.contains("HttpOnly") == true)
    #expect(answer.json["refresh_token"] == nil)
    let foreign = [("X-Session", "cookie"), ("Origin", "http://elsewhere.example")]
    let refused = try await suite.call(
      "POST", "/auth/passkey", body: try await assertion(soft, suite), headers: foreign)
    #expect(refused.status == 403)
  }

  @Test("of many simultaneous uses of a signature one signs in")
  func race() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let soft = try authenticator(person)
    _ = try await add(soft, person)
    let body = try JSONSerialization.data(withJSONObject: try await assertion(soft, suite))
    let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<20 {
        group.addTask {
          let json = try JSONSerialization.jsonObject(with: body) as? [String: Any]
          return try await suite.call("POST", "/auth/passkey", body: json).status
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(statuses.count { $0 == 200 } == 1 && statuses.count { $0 == 401 } == 19)
  }

  @Test("a counter that does not grow is refused")
  func counter() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let soft = try authenticator(person)
    _ = try await add(soft, person)
    for (counter, status) in [(5, 200), (5, 401), (4, 401), (0, 401), (6, 200)] as [(UInt32, Int)] {
      let body = try await assertion(soft, suite, counter: counter)
      #expect(try await suite.call("POST", "/auth/passkey", body: body).status == status, "\(counter)")
    }
  }

  @Test("an operator's password alone adds no way to sign in beside a passkey, and a sign-in with the passkey does")
  func operators() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    try await suite.prove(person)
    #expect(try await suite.talktime("operator", "add", person.email).status == 0)
    // The first may be enrolled by the password.
    let soft = try authenticator(person)
    let id = try await add(soft, person)
    let thief = Person(
      suite: suite, email: person.email, id: person.id, token: try await person.signInAgain().token)
    let attempts: [(String, String, [String: Any]?)] = [
      ("POST", "/auth/passkeys/options", [:]), ("POST", "/auth/passkeys", [:]), ("DELETE", "/auth/passkeys/\(id)", nil),
      ("POST", "/auth/totp", [:]), ("POST", "/auth/totp/confirm", ["code": "000000"]), ("DELETE", "/auth/totp", nil),
      ("POST", "/auth/google/link", ["credential": "none"]), ("DELETE", "/auth/google", nil),
      ("POST", "/auth/email/change", ["new_email": "thief@example.com", "password": Person.password]),
      ("POST", "/auth/password/change", ["current_password": Person.password, "password": "the thief's own words"]),
      ("DELETE", "/auth/me", ["password": Person.password]),
    ]
    for (method, path, body) in attempts {
      let answer = try await thief.call(method, path, body: body)
      #expect(
        answer.status == 403 && answer.json["code"] as? String == "operator_sign_in_required", "\(method) \(path)")
    }
    let signedIn = try await suite.call("POST", "/auth/passkey", body: try await assertion(soft, suite))
    let owner = Person(suite: suite, email: person.email, id: person.id, token: try signedIn.text("access_token"))
    #expect(try await owner.call("GET", "/billing/wallets/\(person.id)").status == 200)
    _ = try await AuthenticatorApp.enrol(owner)
  }

  @Test("a reset of the password by whoever reads the mail removes the passkeys of an unproven account")
  func squatter() async throws {
    let suite = try Suite.running()
    let squatter = try await Person.signUp(suite)
    let soft = try authenticator(squatter)
    _ = try await add(soft, squatter)
    #expect(try await suite.call("POST", "/auth/password/forgot", body: ["email": squatter.email]).status == 202)
    let text = try #require(try await squatter.mail("Choose a new password")["text"] as? String)
    let token = try #require(text.firstMatch(of: /#reset=([A-Za-z0-9_.~-]+)/))
    let reset = try await suite.call(
      "POST", "/auth/password/reset", body: ["token": String(token.1), "password": "another quiet lake"])
    #expect(reset.status == 204)
    #expect(try await suite.call("POST", "/auth/passkey", body: try await assertion(soft, suite)).status == 401)
  }
}
