import Foundation
import Testing

/// What operators with each role may do, through Caddy.
@Suite("The roles of operators", .serialized)
struct OperatorRoleTests {
  private func grant(_ milliseconds: Int, to person: Person, by chief: Person) async throws -> Answer {
    try await chief.call(
      "POST", "/billing/wallets/\(person.id)/grants", body: ["talktime_ms": milliseconds, "reason": "a test"],
      headers: [("Idempotency-Key", UUID().uuidString)])
  }

  private func expect(_ code: String, _ answer: Answer) {
    #expect(answer.status == 403 && answer.json["code"] as? String == code, "\(answer.status) \(answer.json)")
  }

  @Test("support reads, finance grants up to the cap of a day, and neither does more")
  func roles() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let owner = try await Person.signUp(suite)
    try await suite.prove(owner)
    let app = try await AuthenticatorApp.enrol(owner)
    #expect(try await suite.talktime("operator", "add", owner.email, "--role", "support").status == 0)
    let support = try await owner.signedIn(with: app)
    #expect(try tokenClaims(support.token)["role"] as? String == "support")
    #expect(try await support.call("GET", "/billing/wallets/\(person.id)").status == 200)
    #expect(try await support.call("GET", "/auth/users?email=\(person.email)").status == 200)
    #expect(try await support.call("GET", "/sessions/live").status == 200)
    #expect(try await support.call("GET", "/tasks/streams").status == 200)
    expect("role_required", try await grant(60_000, to: person, by: support))
    expect(
      "role_required",
      try await support.call("POST", "/auth/users/\(person.id)/disable", body: ["reason": "a test"]))
    expect(
      "role_required",
      try await support.call("POST", "/sessions/users/\(person.id)/end", body: ["reason": "a test"]))

    #expect(try await suite.talktime("operator", "add", owner.email, "--role", "finance").status == 0)
    #expect(try await suite.talktime("operator", "list").text.contains("finance"))
    _ = try await eventually("the token with the old role is dead") {
      try await support.call("GET", "/billing/wallets/\(person.id)").status == 401 ? true : nil
    }
    let finance = try await owner.signedIn(with: app)
    #expect(try await grant(36_000_000 - 60_000, to: person, by: finance).status == 200)
    expect("daily_cap_reached", try await grant(60_001, to: person, by: finance))
    #expect(try await grant(60_000, to: person, by: finance).status == 200)
    expect("daily_cap_reached", try await grant(1, to: person, by: finance))
    expect(
      "role_required",
      try await finance.call(
        "POST", "/billing/wallets/\(person.id)/adjustments", body: ["talktime_ms": 1, "reason": "a test"],
        headers: [("Idempotency-Key", UUID().uuidString)]))
    #expect(try await person.call("GET", "/billing/balance").json["balance_ms"] as? Int == 36_000_000)
  }
}
