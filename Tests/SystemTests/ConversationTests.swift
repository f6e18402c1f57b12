import Foundation
import Testing

/// Clients that talk with the agent without beats, or beat without talking.
@Suite("The cost of a call as ElevenLabs reports it", .serialized, .sandboxRestored)
struct ConversationTests {
  private func owner(_ suite: Suite) async throws -> Person {
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    return person
  }

  /// Ends the talk and leaves its conversation open.
  private func leave(_ talk: Talk) async throws -> Int {
    let answer = try await talk.person.call("POST", "/sessions/\(talk.id)/end")
    try #require(answer.status == 200, "\(answer.json)")
    return try answer.number("charged_ms")
  }

  private func last(_ talk: Talk, _ seconds: Int, webhooks: Int) async throws {
    try await talk.person.suite.sandbox(
      "PUT", "/control/elevenlabs/conversations/\(talk.conversation)",
      body: ["duration_secs": seconds, "status": "done", "webhooks": webhooks])
  }

  /// The talk, once its conversation has been reconciled with this duration.
  private func reconciled(_ talk: Talk, _ seconds: Int) async throws -> Answer {
    try await eventually("the duration is known") {
      let answer = try await talk.person.call("GET", "/sessions/\(talk.id)")
      let isReckoned = answer.json["adjustment_ms"] is Int
      return answer.json["provider_duration_ms"] as? Int == seconds * 1_000 && isReckoned ? answer : nil
    }
  }

  private func balance(_ person: Person, is expected: Int, owed: Int = 0) async throws {
    _ = try await eventually("the balance is \(expected), and \(owed) is owed") {
      let answer = try await person.balance()
      return answer.json["balance_ms"] as? Int == expected && answer.json["owed_ms"] as? Int == owed ? true : nil
    }
    try await person.suite.dev("talktime", "ledger", "verify")
  }

  @Test("a client that talks on is charged when the duration is known; a debt remains, and prevents the next start")
  func talksOn() async throws {
    let suite = try Suite.running()
    let talk = try await owner(suite).startTalk()
    _ = try await talk.beat(untilCharged: 1_000)
    let charged = try await leave(talk)
    let refused = try await talk.person.call("POST", "/sessions", body: [:])
    #expect(refused.status == 409)
    #expect(try refused.text("code") == "previous_call_open" && refused.response.header("retry-after") != nil)
    // No webhook is sent: the service asks for the duration.
    try await last(talk, 95, webhooks: 0)
    let first = try await reconciled(talk, 95)
    #expect(try first.number("charged_ms") == charged && first.number("adjustment_ms") == charged - 95_000)
    try await balance(talk.person, is: 505_000)
    // The next report is longer, and the webhook arrives three times.
    try await last(talk, 700, webhooks: 3)
    let second = try await reconciled(talk, 700)
    #expect(try second.number("adjustment_ms") == charged - 700_000)
    try await balance(talk.person, is: 0, owed: 100_000)
    let owing = try await talk.person.call("POST", "/sessions", body: [:])
    #expect(owing.status == 402)
    #expect(try owing.text("code") == "balance_owed")
    try await talk.person.buyTenMinutes()
    try await balance(talk.person, is: 500_000)
    #expect(try await talk.person.startTalk().end().status == 200)
  }

  @Test("the time of a call that was shorter than its talk is given back")
  func shorter() async throws {
    let suite = try Suite.running()
    let talk = try await owner(suite).startTalk()
    _ = try await talk.beat(untilCharged: 7_000, every: .milliseconds(3_600))
    try await last(talk, 1, webhooks: 1)
    let charged = try await leave(talk)
    let answer = try await reconciled(talk, 1)
    #expect(try answer.number("adjustment_ms") == charged - 1_000)
    try await balance(talk.person, is: 599_000)
  }

  @Test("differences of a few seconds are tolerated, up to a minute a day")
  func small() async throws {
    let suite = try Suite.running()
    let person = try await owner(suite)
    for number in 1...13 {
      let talk = try await person.startTalk()
      #expect(try await leave(talk) == 0)
      try await last(talk, 5, webhooks: 1)
      let adjustment = try await reconciled(talk, 5).number("adjustment_ms")
      #expect(adjustment == (number == 13 ? -5_000 : 0))
    }
    try await balance(person, is: 535_000)
  }

  @Test("an unopened URL is given out again, and the call of one that is opened later is charged without a beat")
  func openedLater() async throws {
    let suite = try Suite.running()
    let person = try await owner(suite)
    func start() async throws -> Answer { try await person.call("POST", "/sessions", body: [:]) }
    let first = try await start()
    #expect(try await person.call("POST", "/sessions/\(try first.text("id"))/end").status == 200)
    let second = try await start()
    #expect(try second.text("signed_url") == first.text("signed_url") && second.text("id") != first.text("id"))
    #expect(try await person.call("POST", "/sessions/\(try second.text("id"))/end").status == 200)
    let talk = Talk(person: person, id: try second.text("id"), conversation: try second.text("conversation_id"))
    try await suite.sandbox("POST", "/control/elevenlabs/conversations/\(talk.conversation)/begin", body: [:])
    #expect(try await start().status == 409)
    try await last(talk, 40, webhooks: 1)
    _ = try await reconciled(talk, 40)
    try await balance(person, is: 560_000)
    // Both talks had that URL, and it is charged once.
    let both = try await person.call("GET", "/sessions").items
    #expect(both.compactMap { $0["adjustment_ms"] as? Int } == [-40_000, -40_000])
  }

  @Test("a talk that was cut goes on in the same conversation, whose plan is with the last talk")
  func continued() async throws {
    let suite = try Suite.running()
    let talk = try await owner(suite).startTalk()
    let person = talk.person
    func resume() async throws -> Answer { try await person.call("POST", "/sessions", body: ["continue": talk.id]) }
    _ = try await talk.beat(untilCharged: 1_000)
    let live = try await resume()
    #expect(try live.status == 409 && live.text("code") == "session_already_live")
    _ = try await eventually("the talk is cut") {
      try await person.call("GET", "/sessions/\(talk.id)").json["end_reason"] as? String == "gap" ? true : nil
    }
    let other = try await owner(suite)
    let foreign = try await other.call("POST", "/sessions", body: ["continue": talk.id])
    #expect(try foreign.status == 409 && foreign.text("code") == "cannot_continue")
    let answer = try await resume()
    try #require(answer.status == 201, "\(answer.json)")
    #expect(try answer.text("conversation_id") == talk.conversation && answer.json["signed_url"] == nil)
    let second = Talk(person: person, id: try answer.text("id"), conversation: talk.conversation)
    _ = try await second.beat(untilCharged: 2_000)
    try await last(talk, 30, webhooks: 1)
    _ = try await reconciled(second, 30)
    try await balance(person, is: 570_000)
    let over = try await resume()
    #expect(try over.status == 409 && over.text("code") == "cannot_continue")
    let plan = try await eventually("the first talk's plan is decided") {
      let plan = try await person.call("GET", "/sessions/\(talk.id)/care-plan")
      return plan.status == 200 ? plan : nil
    }
    #expect(try plan.text("status") == "skipped" && plan.text("reason") == "continued")
  }

  @Test("a simultaneous webhook and duration check are one adjustment")
  func race() async throws {
    let suite = try Suite.running()
    let talk = try await owner(suite).startTalk()
    try await last(talk, 95, webhooks: 20)
    _ = try await leave(talk)
    _ = try await reconciled(talk, 95)
    try await balance(talk.person, is: 505_000)
    let entries = try await talk.person.call("GET", "/billing/ledger").items
    #expect(entries.count { $0["kind"] as? String == "adjustment" } == 1)
  }

  @Test("if calls can be ended by us, a call ends with its talk")
  func monitored() async throws {
    let suite = try Suite.running()
    let person = try await owner(suite)
    try await suite.withSessionService(["ELEVEN_CONTROL": "monitor"]) {
      let talk = try await person.startTalk()
      _ = try await talk.beat(untilCharged: 1_000)
      // The first attempt fails; a later check succeeds.
      try await suite.sandbox("PUT", "/control/elevenlabs/monitor", body: ["enabled": false])
      _ = try await leave(talk)
      #expect(try await person.call("POST", "/sessions", body: [:]).status == 409)
      try await suite.sandbox("PUT", "/control/elevenlabs/monitor", body: ["enabled": true])
      let ended = try await eventually("the call is ended") {
        try await suite.sandbox("GET", "/control/elevenlabs/conversations").items.first {
          $0["conversation_id"] as? String == talk.conversation && $0["status"] as? String == "done"
        }
      }
      let metadata = ended["metadata"] as? [String: Any]
      #expect(metadata?["termination_reason"] as? String == "ended by monitor")
      #expect(try await person.startTalk().end().status == 200)
    }
  }

  @Test("starts beyond the limit of simultaneous talks are refused, and WebRTC is used if it is allowed")
  func limited() async throws {
    let suite = try Suite.running()
    let (first, second) = (try await owner(suite), try await owner(suite))
    let notOffered = try await first.call("POST", "/sessions", body: ["connection": "webrtc"])
    #expect(notOffered.status == 400)
    try await suite.withSessionService(["MAX_LIVE_SESSIONS": "1", "ELEVEN_WEBRTC": "allowed"]) {
      let started = try await eventually(within: .seconds(60), "others have ended") {
        let answer = try await first.call("POST", "/sessions", body: ["connection": "webrtc"])
        return answer.status == 503 ? nil : answer
      }
      try #require(started.status == 201, "\(started.json)")
      #expect(try started.text("connection") == "webrtc" && started.json["signed_url"] == nil)
      #expect(try started.text("conversation_token").split(separator: ".").count == 3)
      let busy = try await second.call("POST", "/sessions", body: [:])
      #expect(busy.status == 503)
      #expect(try busy.text("code") == "all_agents_busy" && busy.response.header("retry-after") != nil)
      #expect(try await second.balance().number("held_ms") == 0)
      let talk = Talk(person: first, id: try started.text("id"), conversation: try started.text("conversation_id"))
      #expect(try await talk.beat(1).status == 200)
      #expect(try await talk.end().status == 200)
      #expect(try await second.startTalk().end().status == 200)
    }
  }

  @Test("an unreadable call prevents a start only as long as its URL could be opened")
  func unreadable() async throws {
    let suite = try Suite.running()
    let person = try await owner(suite)
    let first = try await person.call("POST", "/sessions", body: [:])
    let conversation = try first.text("conversation_id")
    #expect(try await person.call("POST", "/sessions/\(try first.text("id"))/end").status == 200)
    try await suite.sandbox(
      "PUT", "/control/elevenlabs/fault", body: ["kind": "status", "status": 500, "path": conversation])
    let result: Result<Void, any Error>
    do {
      let refused = try await person.call("POST", "/sessions", body: [:])
      #expect(refused.status == 503 && refused.json["code"] as? String == "agent_unavailable")
      try await suite.withDatabase { database in
        _ = try await database.query(
          "UPDATE conversations SET invited_at = invited_at - interval '3 days' WHERE id = \(conversation)")
      }
      #expect(try await person.startTalk().end().status == 200)
      result = .success(())
    } catch { result = .failure(error) }
    try await suite.sandbox("DELETE", "/control/elevenlabs/fault")
    try result.get()
  }

  @Test("another agent waits until the unopened URL has expired, and the answer says how long")
  func anotherAgent() async throws {
    let suite = try Suite.running()
    let person = try await owner(suite)
    let first = try await person.call("POST", "/sessions", body: [:])
    #expect(try await person.call("POST", "/sessions/\(try first.text("id"))/end").status == 200)
    func refused() async throws -> Int {
      let answer = try await person.call("POST", "/sessions", body: ["agent_id": "agent_another"])
      #expect(answer.status == 409)
      #expect(try answer.text("code") == "previous_call_open" && answer.text("agent_id") == "agent_sandbox")
      #expect(try answer.text("connection") == "websocket")
      return try #require(answer.response.header("retry-after").flatMap { Int($0) })
    }
    // 15.5 minutes, of which the test has used a part.
    #expect((780...930).contains(try await refused()))
    func age(_ minutes: Int) async throws {
      let conversation = try first.text("conversation_id")
      try await suite.withDatabase { database in
        _ = try await database.query(
          """
          UPDATE conversations SET invited_at = invited_at - \(minutes)::int * interval '1 minute'
          WHERE id = \(conversation)
          """)
      }
    }
    try await age(10)
    #expect((180...330).contains(try await refused()))
    // A start with the agent that the error names gets the same URL, without waiting for it to expire.
    let again = try await person.call("POST", "/sessions", body: ["agent_id": "agent_sandbox"])
    #expect(try again.text("signed_url") == first.text("signed_url"))
    #expect(try await person.call("POST", "/sessions/\(try again.text("id"))/end").status == 200)
    try await age(6)
    let second = try await person.call("POST", "/sessions", body: ["agent_id": "agent_another"])
    #expect(second.status == 201)
    #expect(try await person.call("POST", "/sessions/\(try second.text("id"))/end").status == 200)
  }

  @Test("while ElevenLabs is down no talk starts and nothing is held", arguments: ["status", "latency"])
  func down(kind: String) async throws {
    let suite = try Suite.running()
    let person = try await owner(suite)
    try await suite.sandbox(
      "PUT", "/control/elevenlabs/fault",
      body: ["kind": kind, "status": 500, "delay_ms": 6_000, "times": 1, "path": "get-signed-url"])
    // A response that took its 6 s would have been an invitation, so a refused start has not waited for it.
    let refused = try await person.call("POST", "/sessions", body: [:])
    try await suite.sandbox("DELETE", "/control/elevenlabs/fault")
    #expect(refused.status == 503)
    #expect(try refused.text("code") == "agent_unavailable" && refused.response.header("retry-after") != nil)
    #expect(try await person.balance().number("held_ms") == 0)
    #expect(try await person.startTalk().end().status == 200)
  }

  @Test("an agent on the list may be named, and no other agent")
  func agents() async throws {
    let suite = try Suite.running()
    let person = try await owner(suite)
    let unknown = try await person.call("POST", "/sessions", body: ["agent_id": "agent_unknown"])
    #expect(unknown.status == 400)
    let named = try await person.call("POST", "/sessions", body: ["agent_id": "agent_another"])
    #expect(named.status == 201)
    #expect(try named.text("signed_url").contains("agent_id=agent_another"))
    #expect(try await person.call("POST", "/sessions/\(try named.text("id"))/end").status == 200)
  }
}
