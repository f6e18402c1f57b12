import Foundation
import PostgresDriver
import Logging
import Testing

@Suite("The journey through Caddy", .serialized)
struct JourneyTests {
  @Test("a user signs up, buys, talks, hangs up and reads the plan")
  func journey() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    try await person.verifyEmail()
    try await person.buyTenMinutes()
    #expect(try await person.balance().number("balance_ms") == 600_000)

    let talk = try await person.startTalk()
    let (charged, _) = try await talk.beat(untilCharged: 6_000)
    let ended = try await talk.end()
    #expect(ended.status == 200)
    #expect(ended.json["settled"] as? Bool == true)
    let bill = try ended.number("charged_ms")
    #expect((charged...(charged + 5_000)).contains(bill))
    #expect(try ended.number("balance_ms") == 600_000 - bill)

    let balance = try await person.balance()
    #expect(try balance.number("balance_ms") == 600_000 - bill)
    #expect(try balance.number("held_ms") == 0)
    let again = try await person.call("POST", "/sessions/\(talk.id)/end")
    #expect(again.status == 200)
    #expect(try again.number("charged_ms") == bill)
    #expect(try await talk.beat(99).status == 410)

    let plan = try await eventually(within: .seconds(60), "the care plan is written") {
      let answer = try await person.call("GET", "/sessions/\(talk.id)/care-plan")
      return answer.status == 200 ? answer : nil
    }
    #expect(try plan.text("status") == "ready")
    _ = try await person.mail("care plan")
    try await checkLedger(of: person, suite)
  }

  @Test("one payment with ten webhooks and five redirects is one credit")
  func oneCredit() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let payment = try await person.pay(try await person.order(), webhooks: 10)
    let body = SendableBody(payment)
    try await withThrowingTaskGroup { group in
      for _ in 0..<5 {
        group.addTask { _ = try await person.call("POST", "/billing/payments/verify", body: body.value) }
      }
      try await group.waitForAll()
    }
    _ = try await eventually("the credit is there") {
      try await person.balance().number("balance_ms") == 600_000 ? true : nil
    }
    let ledger = try await person.call("GET", "/billing/ledger")
    #expect(ledger.items.map { $0["kind"] as? String } == ["purchase"])
    try await checkLedger(of: person, suite)
  }

  @Test("invalid input changes nothing")
  func badInput() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let stranger = try await Person.signUp(suite)
    var payment = try await person.pay(try await person.order(), webhooks: 0)
    #expect(try await stranger.call("POST", "/billing/payments/verify", body: payment).status == 404)
    payment["razorpay_signature"] = String(repeating: "0", count: 64)
    let forged = try await person.call("POST", "/billing/payments/verify", body: payment)
    #expect(forged.status == 400)
    #expect(try forged.text("code") == "invalid_signature")
    #expect(
      try await suite.call("POST", "/billing/webhooks/razorpay", body: ["event": "payment.captured"]).status == 401)
    #expect(try await person.call("POST", "/sessions", body: [:]).status == 402)
    #expect(try await person.call("POST", "/auth/register", body: ["email": 5]).status == 400)
    #expect(try await suite.call("GET", "/billing/balance").status == 401)
    #expect(try await person.call("PATCH", "/billing/balance").status == 405)
    #expect(try await person.balance().number("balance_ms") == 0)
  }

  @Test("another user's talk is not found")
  func anothersTalk() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let stranger = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    let talk = try await person.startTalk()
    #expect(try await stranger.call("POST", "/sessions/\(talk.id)/heartbeat?seq=1").status == 404)
    #expect(try await stranger.call("POST", "/sessions/\(talk.id)/end").status == 404)
    #expect(try await stranger.call("GET", "/sessions/\(talk.id)").status == 404)
    #expect(try await person.call("POST", "/sessions", body: [:]).status == 409)
    #expect(try await talk.end().status == 200)
  }

  private func checkLedger(of person: Person, _ suite: Suite) async throws {
    try await suite.dev("talktime", "ledger", "verify")
    let ledger = try await person.call("GET", "/billing/ledger?include=holds")
    #expect(ledger.status == 200 && !ledger.items.isEmpty)
  }
}

/// JSON made of strings and numbers, which are safe to share.
struct SendableBody: @unchecked Sendable {  // made once, never changed
  let value: [String: Any]
  init(_ value: [String: Any]) { self.value = value }
}
