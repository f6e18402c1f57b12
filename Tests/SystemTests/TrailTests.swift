import Foundation
import Testing

@Suite("The trail of an account")
struct TrailTests {
  @Test("a user reads what happened to the account, page by page, and nobody else's events")
  func trail() async throws {
    let suite = try Suite.running()
    let (person, stranger) = (try await Person.signUp(suite), try await Person.signUp(suite))
    let device = try await person.signInAgain()
    #expect(try await person.call("DELETE", "/auth/sessions").status == 204)
    let events = try await person.call("GET", "/auth/trail").items
    #expect(events.compactMap { $0["kind"] as? String } == ["device_ended", "signed_in", "signed_in", "registered"])
    let ended = try #require(events.first)
    #expect(ended["detail"] as? String == "signed_out_elsewhere")
    #expect(try ended["device"] as? String == tokenClaims(device.token)["sid"] as? String)
    #expect(events.allSatisfy { ["127.0.0.0/24", "::/64"].contains($0["network"] as? String) })
    let first = try await person.call("GET", "/auth/trail?limit=3")
    let rest = try await person.call("GET", "/auth/trail?limit=3&cursor=\(try first.text("next_cursor"))")
    #expect(first.items.count == 3 && rest.items.count == 1 && rest.json["next_cursor"] is NSNull)
    #expect(try await stranger.call("GET", "/auth/trail").items.count == 2)
    #expect(try await suite.call("GET", "/auth/trail").status == 401)
  }

  @Test("a sign-in with a browser that the account has not had is told by mail, once its address is proven")
  func newBrowser() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    func signIn(_ browser: String) async throws {
      let answer = try await suite.call(
        "POST", "/auth/login", body: person.login, headers: [("User-Agent", browser)])
      #expect(answer.status == 200)
    }
    try await signIn("before the proof")
    try await person.verifyEmail()
    try await signIn("before the proof")
    try await signIn("<b>strange</b> browser")
    let mail = try await person.mail("new sign-in")
    // Whoever signed in chose the browser's text.
    for part in ["text", "html"] {
      let text = try #require(mail[part] as? String)
      #expect(text.contains("an unknown browser") && !text.contains("strange"))
    }
    let all = try await suite.sandbox("GET", "/control/mailjet/inbox?to=\(person.email)").items
    #expect(all.count { ($0["subject"] as? String)?.contains("new sign-in") == true } == 1)
  }
}
