import Foundation
import PostgresDriver
import Testing

/// Mailjet, Gemini and ElevenLabs are away for more than a day, or refuse our key for so long. The clock of the queue
/// is moved, so that a day passes within seconds.
@Suite("Providers that are away for a day, through Caddy", .serialized, .sandboxRestored)
struct ProviderOutageTests {
  /// And a little more.
  private static let halfADay = Duration.seconds(13 * 3_600)
  /// Longer than the longest pause between two tries.
  private static let pause = Duration.seconds(20 * 60)

  private enum Provider: String, CaseIterable { case mailjet, gemini, elevenlabs }

  /// - Parameter kind: `reset` breaks each connection, and `refused` refuses the key.
  private func lose(_ providers: [Provider], _ kind: String, _ suite: Suite) async throws {
    for provider in providers {
      var fault: [String: Any] =
        kind == "refused" ? ["kind": "status", "status": provider == .gemini ? 403 : 401] : ["kind": kind]
      // Talks still start.
      if provider == .elevenlabs { fault["path"] = "/v1/convai/conversations/" }
      #expect(try await suite.sandbox("PUT", "/control/\(provider.rawValue)/fault", body: fault).status == 204)
    }
  }

  private func mend(_ providers: [Provider], _ suite: Suite) async throws {
    for provider in providers { try await suite.sandbox("DELETE", "/control/\(provider.rawValue)/fault") }
  }

  /// Lets 26 hours pass in two steps, in each of which the providers are asked.
  private func passADay(_ clock: MovedClock, asking providers: [Provider], _ suite: Suite) async throws {
    for _ in 0..<2 {
      let before = try await requests(providers, suite)
      try await clock.advance(by: Self.halfADay)
      _ = try await eventually(within: .seconds(60), "\(providers) are asked") {
        zip(try await requests(providers, suite), before).allSatisfy { $0 > $1 } ? true : nil
      }
    }
  }

  private func requests(_ providers: [Provider], _ suite: Suite) async throws -> [Int] {
    var found: [Int] = []
    for provider in providers {
      let items = try await suite.sandbox("GET", "/control/\(provider.rawValue)/requests").items
      found.append(items.compactMap { $0["number"] as? Int }.max() ?? 0)
    }
    return found
  }

  /// Waits for something that comes with the next tries.
  private func comes<T>(
    _ what: String, _ clock: MovedClock, _ attempt: () async throws -> T?
  ) async throws -> T {
    try await eventually(within: .seconds(90), what) {
      if let found = try await attempt() { return found }
      try await clock.advance(by: Self.pause)
      try await ContinuousClock().sleep(for: .seconds(1))
      return try await attempt()
    }
  }

  private func task(_ type: String, of person: Person) async throws -> [String: Any]? {
    try await person.call("GET", "/tasks").items.first { $0["type"] as? String == type }
  }

  /// The code with which the person's newest task of this type waits.
  private func waits(_ type: String, of person: Person) async throws -> String {
    try await eventually(within: .seconds(60), "\(type) waits") {
      let task = try await task(type, of: person)
      return task?["state"] as? String == "pending" ? task?["error_code"] as? String : nil
    }
  }

  private func mails(_ subject: String, to person: Person) async throws -> [[String: Any]] {
    let pattern = try Regex(subject).ignoresCase()
    return try await person.suite.sandbox("GET", "/control/mailjet/inbox?to=\(person.email)").items.filter {
      ($0["subject"] as? String)?.firstMatch(of: pattern) != nil
    }
  }

  @Test(
    "no plan, receipt or verification is lost, each comes once, and a corrected key brings all of them back",
    .timeLimit(.minutes(8)), arguments: ["reset", "refused"])
  func outage(kind: String) async throws {
    let suite = try Suite.running()
    try await MovedClock.with("task", suite) { clock in
      let result: Result<Void, any Error>
      do { result = .success(try await outage(kind, clock, suite)) } catch { result = .failure(error) }
      try await mend(Provider.allCases, suite)
      try result.get()
    }
  }

  private func outage(_ kind: String, _ clock: MovedClock, _ suite: Suite) async throws {
    let person = try await Person.signUp(suite)
    try await person.verifyEmail()
    try await person.buyTenMinutes()
    _ = try await person.mail("talk time is here")
    let talk = try await person.startTalk()
    let (charged, _) = try await talk.beat(untilCharged: 600, every: .milliseconds(300))
    try await suite.sandbox(
      "PUT", "/control/elevenlabs/conversations/\(talk.conversation)",
      body: [
        "transcript": [["role": "user", "message": "I sleep badly."]], "duration_ms": charged, "webhooks": 0,
      ])

    try await lose(Provider.allCases, kind, suite)
    #expect(try await person.call("POST", "/sessions/\(talk.id)/end").status == 200)
    try await person.buyTenMinutes()
    let newcomer = try await Person.signUp(suite)
    #expect(
      try await waits("care_plan", of: person)
        == (kind == "refused" ? "conversation_refused" : "conversation_unavailable"))
    for code in [try await waits("receipt_mail", of: person), try await waits("verification_mail", of: newcomer)] {
      #expect(code == (kind == "refused" ? "mailjet_api_key_refused" : "mailjet_unreachable"))
    }
    try await passADay(clock, asking: [.mailjet, .elevenlabs], suite)

    // Mails come, and the plan waits for Gemini.
    try await mend([.mailjet, .elevenlabs], suite)
    _ = try await comes("the receipt", clock) {
      try await mails("talk time is here", to: person).count == 2 ? true : nil
    }
    _ = try await comes("the verification", clock) { try await mails("confirm", to: newcomer).first }
    try await expectFreshLink(newcomer, clock, suite)
    try await newcomer.verifyEmail()
    let reason = try await comes("the plan waits for Gemini", clock) { () -> String? in
      let answer = try await person.call("GET", "/sessions/\(talk.id)/care-plan")
      let reason = answer.json["reason"] as? String
      return answer.status == 202 && reason?.hasPrefix("gemini_") == true ? reason : nil
    }
    #expect(reason == (kind == "refused" ? "gemini_key_refused" : "gemini_unreachable"))
    try await passADay(clock, asking: [.gemini], suite)

    // The plan is there, and its mail waits for Mailjet, which is away once more.
    try await lose([.mailjet], kind, suite)
    try await mend([.gemini], suite)
    let plan = try await comes("the plan", clock) { () -> Answer? in
      let answer = try await person.call("GET", "/sessions/\(talk.id)/care-plan")
      return answer.status == 200 ? answer : nil
    }
    #expect(try plan.text("status") == "ready")
    _ = try await waits("care_plan_mail", of: person)
    try await passADay(clock, asking: [.mailjet], suite)
    try await mend([.mailjet], suite)
    _ = try await comes("the mail about the plan", clock) { try await mails("care plan", to: person).first }

    #expect(try await mails("care plan", to: person).count == 1)
    #expect(try await mails("talk time is here", to: person).count == 2)
    #expect(try await mails("confirm", to: newcomer).count == 1)
    for one in [person, newcomer] {
      let ended = try await eventually("every task has ended") {
        let tasks = try await one.call("GET", "/tasks").items.compactMap { $0["state"] as? String }
        return tasks.contains { ["pending", "running"].contains($0) } ? nil : tasks
      }
      #expect(Set(ended) == ["completed"])
    }
  }

  /// By the moved clock the link has more than half of its day left.
  private func expectFreshLink(_ person: Person, _ clock: MovedClock, _ suite: Suite) async throws {
    let user = try #require(UUID(uuidString: person.id))
    let hours = try await suite.withDatabase { database in
      try await database.query(
        """
        SELECT (extract(epoch FROM expires_at - moved_clock.clock_timestamp()) / 3600)::bigint AS hours
        FROM account_links WHERE user_id = \(user) AND purpose = 'verify-email'
        """
      ).rows.first?.get("hours", as: Int.self)
    }
    #expect(try #require(hours) >= 12)
  }
}
