import Foundation
import Testing

/// Codes of mails, through Caddy.
@Suite("Codes in mails, through Caddy", .serialized)
struct MailedCodeTests {
  private func wrong(_ code: String) -> String { code.hasPrefix("0") ? "1" + code.dropFirst() : "0" + code.dropFirst() }

  private func reset(_ suite: Suite, _ email: String, _ code: String, _ password: String) async throws -> Answer {
    try await suite.call(
      "POST", "/auth/password/reset", body: ["email": email, "code": code, "password": password])
  }

  @Test("a code confirms an address in its own account's session alone, and a change of the address as well")
  func verifies() async throws {
    let suite = try Suite.running()
    let (person, stranger) = (try await Person.signUp(suite), try await Person.signUp(suite))
    let code = try await person.code("confirm")
    let signedOut = try await suite.call("POST", "/auth/email/verify", body: ["code": code])
    #expect(try signedOut.status == 401 && signedOut.text("code") == "missing_token")
    let anothers = try await stranger.call("POST", "/auth/email/verify", body: ["code": code])
    #expect(try anothers.status == 400 && anothers.text("code") == "invalid_token")
    #expect(try await person.call("POST", "/auth/email/verify", body: ["code": code]).status == 204)
    #expect(try await person.call("GET", "/auth/me").json["email_verified"] as? Bool == true)
    #expect(try await person.call("POST", "/auth/email/verify", body: ["code": code]).status == 400)

    let new = "new-\(UUID().uuidString.lowercased())@example.com"
    let asked = try await person.call(
      "POST", "/auth/email/change", body: ["new_email": new, "password": Person.password])
    #expect(asked.status == 202)
    let mailbox = Person(suite: suite, email: new, id: person.id, token: person.token)
    let change = try await mailbox.code("new e-mail address")
    #expect(try await person.call("POST", "/auth/email/verify", body: ["code": change]).status == 204)
    #expect(try await person.call("GET", "/auth/me").json["email"] as? String == new)
  }

  @Test("of two hundred wrong codes at once five are looked at, the right one fails then, and its link does not")
  func guessed() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    #expect(try await suite.call("POST", "/auth/password/forgot", body: ["email": person.email]).status == 202)
    let (code, link) = (
      try await person.code("choose a new password"), try await person.link("choose a new password", "reset")
    )
    let nobody = "nobody-\(UUID().uuidString.lowercased())@example.com"
    #expect(try await suite.call("POST", "/auth/password/forgot", body: ["email": nobody]).status == 202)
    let new = "another mountain lake"
    let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
      for email in [person.email, nobody] {
        for _ in 0..<200 { group.addTask { try await reset(suite, email, wrong(code), new) } }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(answers.allSatisfy { $0.status == 400 && $0.json["code"] as? String == "invalid_token" })
    #expect(Set(answers.map { $0.json["detail"] as? String }).count == 1)
    let user = try #require(UUID(uuidString: person.id))
    try await suite.withDatabase { pool in
      let rows = try await pool.query(
        "SELECT code_tries FROM account_links WHERE user_id = \(user) AND purpose = 'reset-password'"
      ).rows
      #expect(try rows.map { try $0.get("code_tries", as: Int.self) } == [5])
    }
    #expect(try await reset(suite, person.email, code, new).status == 400)
    #expect(try await suite.call("POST", "/auth/login", body: person.login).status == 200)
    let byLink = try await suite.call("POST", "/auth/password/reset", body: ["token": link, "password": new])
    #expect(byLink.status == 204)
  }

  @Test("a code resets the password, and no table, stream, task or log has it or the link's secret")
  func resets() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    #expect(try await suite.call("POST", "/auth/password/forgot", body: ["email": person.email]).status == 202)
    let (code, link) = (
      try await person.code("choose a new password"), try await person.link("choose a new password", "reset")
    )
    let secret = try #require(link.split(separator: ".").last.map(String.init))
    let shown = "\(code.prefix(4)) \(code.suffix(4))"
    #expect(try await reset(suite, person.email, wrong(code), "another mountain lake").status == 400)
    #expect(try await reset(suite, person.email, shown, "another mountain lake").status == 204)
    let login = ["email": person.email, "password": "another mountain lake"]
    #expect(try await suite.call("POST", "/auth/login", body: login).status == 200)
    // That the words are found where they are.
    let traces = Traces(suite: suite)
    #expect(try await !traces.of([person.email]).isEmpty)
    #expect(try await traces.of([secret, shown]) == [])
    #expect(try await traces.inTables([code]) == [])
  }
}
