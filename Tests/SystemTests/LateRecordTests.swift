import Foundation
import PostgresDriver
import Testing

/// What ElevenLabs and Mailjet know late, or never, through Caddy.
@Suite("Records of the providers that come late", .serialized, .sandboxRestored)
struct LateRecordTests {
  // MARK: ElevenLabs

  private func talk(_ suite: Suite) async throws -> Talk {
    let person = try await Person.signUp(suite)
    try await person.verifyEmail()
    try await person.buyTenMinutes()
    let talk = try await person.startTalk()
    _ = try await talk.beat(untilCharged: 600, every: .milliseconds(300))
    return talk
  }

  private func end(_ talk: Talk) async throws {
    #expect(try await talk.person.call("POST", "/sessions/\(talk.id)/end").status == 200)
  }

  /// Sets the provider's record of the conversation.
  private func record(_ talk: Talk, _ lines: [String], seconds: Int, status: String = "done") async throws {
    let told = try await talk.person.suite.sandbox(
      "PUT", "/control/elevenlabs/conversations/\(talk.conversation)",
      body: [
        "transcript": lines.map { ["role": "user", "message": $0] }, "duration_secs": seconds, "status": status,
        "webhooks": 0,
      ])
    #expect(told.status == 200)
  }

  private func plan(_ talk: Talk) async throws -> Answer {
    try await talk.person.call("GET", "/sessions/\(talk.id)/care-plan")
  }

  private func waits(_ talk: Talk, for reason: String) async throws {
    _ = try await eventually("the plan waits") {
      let found = try await plan(talk)
      return found.status == 202 && found.json["reason"] as? String == reason ? true : nil
    }
  }

  private func ended(_ talk: Talk) async throws -> Answer {
    try await eventually(within: .seconds(90), "the plan is no longer pending") {
      let found = try await plan(talk)
      return found.status == 200 ? found : nil
    }
  }

  private func expectPlan(_ talk: Talk) async throws {
    let found = try await ended(talk)
    #expect(try found.text("status") == "ready", "\(found.json)")
    _ = try await talk.person.mail("care plan")
    let mails = try await talk.person.suite.sandbox("GET", "/control/mailjet/inbox?to=\(talk.person.email)").items
    #expect(mails.count { ($0["subject"] as? String)?.contains("care plan") == true } == 1)
  }

  private let lines = ["I sleep badly.", "Work is too much."]

  @Test("a conversation that ElevenLabs does not know yet gets its plan", .timeLimit(.minutes(3)))
  func unknown() async throws {
    let suite = try Suite.running()
    let talk = try await talk(suite)
    try await record(talk, lines, seconds: 40)
    try await suite.sandbox(
      "PUT", "/control/elevenlabs/fault",
      body: ["kind": "status", "status": 404, "path": "/v1/convai/conversations/\(talk.conversation)"])
    try await end(talk)
    try await waits(talk, for: "conversation_not_ready")
    try await suite.sandbox("DELETE", "/control/elevenlabs/fault")
    try await expectPlan(talk)
  }

  @Test("a conversation whose words come after its end gets its plan", .timeLimit(.minutes(3)))
  func wordless() async throws {
    let talk = try await talk(try Suite.running())
    try await record(talk, [], seconds: 40)
    try await end(talk)
    try await waits(talk, for: "conversation_not_ready")
    try await record(talk, lines, seconds: 40)
    try await expectPlan(talk)
  }

  @Test(
    "a conversation that failed at ElevenLabs after minutes of talk gets its plan, and is charged",
    .timeLimit(.minutes(3)))
  func failed() async throws {
    let talk = try await talk(try Suite.running())
    try await record(talk, lines, seconds: 95, status: "failed")
    try await end(talk)
    try await expectPlan(talk)
    _ = try await eventually(within: .seconds(60), "the whole talk is charged") {
      try await talk.person.balance().number("balance_ms") == 505_000 ? true : nil
    }
  }

  @Test(
    "a conversation that stays unknown, and one in which nobody spoke, are skipped after minutes of asking",
    .timeLimit(.minutes(4)))
  func never() async throws {
    let suite = try Suite.running()
    try await MovedClock.with("task", suite) { clock in
      let (lost, silent) = (try await talk(suite), try await talk(suite))
      try await record(lost, lines, seconds: 40)
      try await record(silent, [], seconds: 40)
      try await suite.sandbox(
        "PUT", "/control/elevenlabs/fault",
        body: ["kind": "status", "status": 404, "path": "/v1/convai/conversations/\(lost.conversation)"])
      for talk in [lost, silent] {
        try await end(talk)
        try await waits(talk, for: "conversation_not_ready")
      }
      try await clock.advance(by: .seconds(120))
      for talk in [lost, silent] { #expect(try await plan(talk).status == 202) }
      try await clock.advance(by: .seconds(120))
      for (talk, reason) in [(lost, "no_conversation"), (silent, "nothing_said")] {
        let found = try await ended(talk)
        #expect(try found.text("status") == "skipped" && found.text("reason") == reason)
      }
      try await suite.sandbox("DELETE", "/control/elevenlabs/fault")
    }
  }

  @Test("a NUL in what was said costs neither the plan nor a second request", .timeLimit(.minutes(3)))
  func nul() async throws {
    let suite = try Suite.running()
    let talk = try await talk(suite)
    try await record(talk, ["I cannot sleep\u{0} at night"], seconds: 20)
    let before = try await suite.sandbox("GET", "/control/gemini/requests").items.count
    try await end(talk)
    try await expectPlan(talk)
    #expect(try await suite.sandbox("GET", "/control/gemini/requests").items.count == before + 1)
    let found = try #require(try await plan(talk).json["plan"] as? [String: Any])
    #expect((found["title"] as? String)?.contains("I cannot sleep at night") == true)
  }

  // MARK: Mailjet

  @Test(
    "a mail whose answer was lost and that Mailjet does not list yet is sent once, also if its worker is killed",
    .timeLimit(.minutes(4)))
  func unlisted() async throws {
    let suite = try Suite.running()
    let email = "late-\(UUID().uuidString.lowercased())@example.com"
    try await suite.sandbox("PUT", "/control/mailjet/listing", body: ["enabled": false])
    try await suite.sandbox(
      "PUT", "/control/mailjet/fault",
      body: ["kind": "reset", "method": "POST", "body": email, "times": 1, "after_effect": true])
    let person = try await Person.signUp(suite, email: email)
    func task() async throws -> [String: Any]? {
      try await person.call("GET", "/tasks").items.first { $0["type"] as? String == "verification_mail" }
    }
    for isKilled in [false, true] {
      if isKilled {
        try await suite.dev("kill", "task", "1")
        try await suite.dev("start", "task", "1")
      }
      let asked = try await suite.questions()
      _ = try await eventually(within: .seconds(90), "Mailjet is asked, and the mail waits") {
        let (now, code) = (try await suite.questions(), try await task()?["error_code"] as? String)
        return now > asked && code == "mail_unconfirmed" ? true : nil
      }
    }
    try await suite.sandbox("PUT", "/control/mailjet/listing", body: ["enabled": true])
    _ = try await eventually(within: .seconds(90), "the mail is known to be accepted") {
      try await task()?["state"] as? String == "completed" ? true : nil
    }
    #expect(try await suite.sandbox("GET", "/control/mailjet/inbox?to=\(person.email)").items.count == 1)
    let sent = try await suite.sandbox("GET", "/control/mailjet/requests").items.count {
      $0["method"] as? String == "POST" && ($0["body"] as? String)?.contains(person.email) == true
    }
    #expect(sent == 1)
  }

  @Test("a mail with a good answer is not asked about, and sent once, though Mailjet lists nothing")
  func accepted() async throws {
    let suite = try Suite.running()
    try await suite.sandbox("PUT", "/control/mailjet/listing", body: ["enabled": false])
    let person = try await Person.signUp(suite)
    _ = try await eventually(within: .seconds(60), "the mail's task has ended") {
      let task = try await person.call("GET", "/tasks").items.first { $0["type"] as? String == "verification_mail" }
      return task?["state"] as? String == "completed" ? true : nil
    }
    let mails = try await suite.sandbox("GET", "/control/mailjet/inbox?to=\(person.email)").items
    let id = try #require(mails.first?["custom_id"] as? String)
    let asked = try await suite.sandbox("GET", "/control/mailjet/requests").items.filter {
      $0["method"] as? String == "GET" && ($0["query"] as? String)?.contains(id) == true
    }
    #expect(mails.count == 1 && asked.isEmpty)
  }

  // MARK: Razorpay

  @Test("a webhook with NUL in its notes is kept and credited", .timeLimit(.minutes(2)))
  func notes() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let order = try await person.order()
    let paid = try await person.pay(order, webhooks: 0)
    let payment = try #require(paid["razorpay_payment_id"] as? String)
    let sent = try await suite.sandbox(
      "POST", "/control/razorpay/webhooks",
      body: [
        "event": "payment.captured",
        "payload": [
          "payment": [
            "entity": [
              "id": payment, "entity": "payment", "order_id": order.razorpayID, "status": "captured", "amount": 19_900,
              "currency": "INR", "notes": ["name": "As\u{0}ha"],
            ] as [String: Any]
          ]
        ],
      ])
    #expect(try sent.text("body").contains("\\u0000"))
    _ = try await eventually("the payment is credited") {
      try await person.balance().number("balance_ms") == 600_000 ? true : nil
    }
  }
}

extension Suite {
  /// How often Mailjet was asked about a mail so far.
  fileprivate func questions() async throws -> Int {
    try await sandbox("GET", "/control/mailjet/requests").items.count { $0["method"] as? String == "GET" }
  }
}
