import Foundation
import PostgresDriver
import Testing

/// The life of an account, through Caddy: it is disabled and enabled, exported and deleted.
@Suite("The life of an account", .serialized)
struct AccountLifeTests {
  @Test("an operator disables an account: its tokens and its talk end, nobody signs in; and enables it again")
  func disables() async throws {
    let suite = try Suite.running()
    let chief = try await Person.chief(suite)
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    let device = try await person.signInAgain()
    let talk = try await person.startTalk()
    _ = try await talk.beat(untilCharged: 300, every: .milliseconds(300))
    let found = try await chief.call("GET", "/auth/users?email=\(person.email.uppercased())").items
    #expect(found.map { $0["id"] as? String } == [person.id] && found[0]["disabled"] as? Bool == false)
    #expect(try await person.call("GET", "/auth/users?email=\(person.email)").status == 403)
    let reason = ["reason": "chargebacks"]
    for who in [person.id, chief.id] {
      #expect(try await person.call("POST", "/auth/users/\(who)/disable", body: reason).status == 403)
    }
    #expect(try await chief.call("POST", "/auth/users/\(chief.id)/disable", body: reason).status == 409)
    for _ in 0..<2 {
      let answer = try await chief.call("POST", "/auth/users/\(person.id)/disable", body: reason)
      #expect(answer.status == 200 && answer.json["disabled"] as? Bool == true)
    }
    for token in [person.token, device.token] { try await suite.expect(401, of: token) }
    #expect(try await suite.call("POST", "/auth/refresh", body: ["refresh_token": device.refresh]).status == 401)
    let refused = try await suite.call("POST", "/auth/login", body: person.login)
    #expect(try refused.status == 403 && refused.text("code") == "account_disabled")
    let session = talk.id
    _ = try await eventually("the talk ends") {
      try await suite.withDatabase { pool -> Bool? in
        let row = try await pool.query("SELECT end_reason FROM talk_sessions WHERE id = \(session)").rows.first
        return try row?.get("end_reason", as: String?.self) == "account_closed" ? true : nil
      }
    }
    let enabled = try await suite.talktime("users", "enable", person.email, "--reason", "paid")
    #expect(enabled.status == 0 && enabled.text.contains("enabled"), "\(enabled.text)")
    let again = try await person.signInAgain()
    try await suite.expect(200, of: again.token)
    try await suite.expect(401, of: person.token)
    let (user, actor) = (person.id, chief.id)
    try await suite.withDatabase { pool in
      let rows = try await pool.query(
        "SELECT actor, action, reason FROM operator_actions WHERE subject = \(user) ORDER BY id"
      ).rows
      #expect(try rows.map { try $0.get("action", as: String.self) } == ["user.disable", "user.enable"])
      #expect(try rows.first?.get("actor", as: String.self) == actor)
      #expect(try rows.map { try $0.get("reason", as: String.self) } == ["chargebacks", "paid"])
    }
  }
}
