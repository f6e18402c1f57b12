import Foundation
import PostgresDriver
import Testing

@Suite("Delivery of mails, through Caddy", .serialized, .sandboxRestored)
struct MailDeliveryTests {
  private func fault(_ suite: Suite, _ fault: [String: Any]) async throws {
    #expect(try await suite.sandbox("PUT", "/control/mailjet/fault", body: fault).status == 204)
  }

  private func inbox(_ person: Person) async throws -> [[String: Any]] {
    try await person.suite.sandbox("GET", "/control/mailjet/inbox?to=\(person.email)").items
  }

  /// The error code of the verification mail's task, while it waits.
  private func reason(_ person: Person) async throws -> String? {
    let task = try await person.call("GET", "/tasks").items.first { $0["type"] as? String == "verification_mail" }
    return task?["state"] as? String == "pending" ? task?["error_code"] as? String : nil
  }

  @Test("a mail whose answer is lost is sent once", .timeLimit(.minutes(3)))
  func lostAnswer() async throws {
    let suite = try Suite.running()
    let email = "lost-\(UUID().uuidString.lowercased())@example.com"
    try await fault(
      suite, ["kind": "reset", "method": "POST", "body": email, "times": 1, "after_effect": true])
    let person = try await Person.signUp(suite, email: email)
    let done = try await eventually(within: .seconds(60), "the mail's task ends") {
      try await person.call("GET", "/tasks").items.first {
        $0["type"] as? String == "verification_mail" && $0["state"] as? String == "completed"
      }
    }
    #expect(done["attempts"] as? Int == 2)
    #expect(try await inbox(person).count == 1)
  }

  @Test("mails wait for a corrected key under a reason that names it, and come by themselves", .timeLimit(.minutes(3)))
  func wrongKey() async throws {
    let suite = try Suite.running()
    try await fault(suite, ["kind": "status", "status": 401])
    let person = try await Person.signUp(suite)
    let code = try await eventually(within: .seconds(30), "the mail waits") { try await reason(person) }
    #expect(code == "mailjet_api_key_refused")
    #expect(try await inbox(person).isEmpty)
    let refused = ("talktime_provider_key_refused", "provider=\"mailjet\"")
    #expect(try await suite.metrics("TASK").sum(refused.0, refused.1) >= 1)
    #expect(try await suite.sandbox("DELETE", "/control/mailjet/fault").status == 204)
    _ = try await person.mail("confirm")
    #expect(try await inbox(person).count == 1)
    _ = try await eventually("the key counts as accepted") {
      try await suite.metrics("TASK").sum(refused.0, refused.1) == 0 ? true : nil
    }
  }

  /// Why an address gets no mail; nil for one that does.
  private func cause(_ email: String, _ suite: Suite) async throws -> String? {
    try await suite.withDatabase { pool in
      try await pool.query(
        "SELECT cause FROM undeliverable_addresses WHERE address_hash = sha256(convert_to(\(email), 'UTF8'))"
      ).rows.first?.get("cause", as: String.self)
    }
  }

  @Test("a complaint and a block of the address itself are marked, and nothing else that Mailjet reports")
  func reports() async throws {
    let suite = try Suite.running()
    let blocked: [String: Any] = ["event": "blocked", "error_related_to": "recipient"]
    let reports: [([String: Any], String?)] = [
      (["event": "unsub"], nil), (["event": "sent"], nil), (["event": "open"], nil), (["event": "click"], nil),
      (["event": "bounce", "hard_bounce": false], nil),
      (blocked.merging(["error": "quota exceeded"]) { $1 }, nil),
      (blocked.merging(["error": "user unknown"]) { $1 }, "blocked"), (["event": "spam"], "spam"),
    ]
    var expected: [(email: String, cause: String?)] = []
    for (report, cause) in reports {
      let email = "report-\(UUID().uuidString.lowercased())@example.com"
      expected.append((email, cause))
      // Twice, as Mailjet may.
      for _ in 1...2 {
        let sent = try await suite.sandbox(
          "POST", "/control/mailjet/events", body: report.merging(["email": email]) { $1 })
        #expect(sent.status == 204)
      }
    }
    _ = try await eventually(within: .seconds(30), "all reports are answered") {
      let sent = try await suite.sandbox("GET", "/control/mailjet/webhooks").items
      let own = sent.filter { item in expected.contains { "\(item)".contains($0.email) } }
      let statuses = own.flatMap { $0["attempts"] as? [[String: Any]] ?? [] }.map { $0["status"] as? Int }
      return own.count == 2 * reports.count && statuses.allSatisfy { $0 == 200 } && statuses.count == own.count
        ? true : nil
    }
    for (email, cause) in expected { #expect(try await self.cause(email, suite) == cause) }
  }

  @Test("a hard bounce stops mails to the address, and nothing else", .timeLimit(.minutes(3)))
  func bounce() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    try await person.verifyEmail()
    func report(_ event: [String: Any]) async throws {
      let answer = try await suite.sandbox("POST", "/control/mailjet/events", body: event)
      #expect(answer.status == 204)
    }
    try await report(["event": "bounce", "email": person.email, "hard_bounce": false])
    try await report(["event": "bounce", "email": person.email.uppercased(), "hard_bounce": true])
    _ = try await eventually(within: .seconds(30), "the address is undeliverable") {
      try await cause(person.email, suite)
    }
    let before = try await inbox(person).count
    #expect(try await suite.call("POST", "/auth/password/forgot", body: ["email": person.email]).status == 202)
    let failed = try await eventually(within: .seconds(30), "the mail's task fails") {
      try await person.call("GET", "/tasks").items.first { $0["state"] as? String == "failed" }
    }
    #expect(failed["error_code"] as? String == "address_undeliverable")
    #expect(try await inbox(person).count == before)
    #expect(try await suite.call("POST", "/auth/login", body: person.login).status == 200)
  }

  @Test("a long report of grouped events arrives")
  func long() async throws {
    let suite = try Suite.running()
    let events =
      "[" + Array(repeating: #"{"event":"sent","email":"asha@example.com"}"#, count: 4_000).joined(separator: ",")
    let secret = try suite.setting("MAILJET_WEBHOOK_SECRET")
    let credentials = "Basic " + Data("mailjet:\(secret)".utf8).base64EncodedString()
    let answer = try await suite.post(
      "/tasks/webhooks/mailjet", Array((events + "]").utf8),
      headers: [("content-type", "application/json"), ("authorization", credentials)])
    #expect(answer.status == 200, "\(answer.json)")
  }

  @Test("a report without the right credentials is refused")
  func credentials() async throws {
    let suite = try Suite.running()
    let body = Array(#"{"event":"spam","email":"asha@example.com"}"#.utf8)
    for header in [nil, "Basic bWFpbGpldDp3cm9uZw==", "Bearer x"] as [String?] {
      let headers = [("content-type", "application/json")] + (header.map { [("authorization", $0)] } ?? [])
      #expect(try await suite.post("/tasks/webhooks/mailjet", body, headers: headers).status == 401)
    }
  }
}
