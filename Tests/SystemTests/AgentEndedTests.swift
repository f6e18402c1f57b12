import Foundation
import TestInfrastructure
import Testing

/// No user pays for a talk whose agent has left.
@Suite("A call that is over ends its talk", .serialized, .sandboxRestored)
struct AgentEndedTests {
  /// A talk whose client continues to beat, with the charge of its last beat.
  private func beating(_ suite: Suite) async throws -> (talk: Talk, charged: Int, seq: Int) {
    let talk = try await Person.signUp(suite, with: 600_000).startTalk()
    let (charged, seq) = try await talk.beat(untilCharged: 2_000)
    return (talk, charged, seq)
  }

  /// Sends the signed webhook that the call ended after this time.
  private func isOver(_ talk: Talk, _ seconds: Int) async throws {
    try await talk.person.suite.sandbox(
      "PUT", "/control/elevenlabs/conversations/\(talk.conversation)",
      body: ["duration_secs": seconds, "status": "done", "webhooks": 1])
  }

  @Test("a talk whose page still beats ends with its call, charged to its last beat and then for the reported duration")
  func http() async throws {
    let suite = try Suite.running()
    let (talk, before, beats) = try await beating(suite)
    var (charged, seq) = (before, beats)
    try await isOver(talk, 95)
    let gone = try await eventually("a beat hears that the call is over") {
      seq += 1
      let answer = try await talk.beat(seq)
      if answer.status == 200 { charged = try answer.number("charged_ms") }
      return answer.status == 410 ? answer : nil
    }
    #expect(try gone.text("code") == "session_ended" && gone.text("end_reason") == "agent_ended")
    #expect(try gone.number("charged_ms") == charged)
    let again = try await talk.person.call("POST", "/sessions/\(talk.id)/end")
    #expect(try again.text("end_reason") == "agent_ended" && again.number("charged_ms") == charged)

    let settled = try await eventually("it is reconciled") {
      let answer = try await talk.person.call("GET", "/sessions/\(talk.id)")
      return answer.json["final_charge_ms"] is Int ? answer : nil
    }
    #expect(try settled.text("end_reason") == "agent_ended" && settled.number("charged_ms") == charged)
    #expect(try settled.number("final_charge_ms") == 95_000)
    #expect(try settled.number("adjustment_ms") == charged - 95_000)
    let listed = try #require(try await talk.person.call("GET", "/sessions").items.first)
    #expect(listed["final_charge_ms"] as? Int == 95_000 && listed["end_reason"] as? String == "agent_ended")
    let balance = try await talk.person.balance()
    #expect(try balance.number("balance_ms") == 505_000 && balance.number("held_ms") == 0)
    try await suite.dev("talktime", "ledger", "verify")
  }

  @Test("the link and the event stream announce the end without a request")
  func pushed() async throws {
    let suite = try Suite.running()
    let (talk, charged, _) = try await beating(suite)
    let client = try await LinkClient.open("\(suite.publicURL)/sessions/\(talk.id)/link")
    client.send(#"{"type":"authenticate","access_token":"\#(talk.person.token)"}"#)
    #expect(try await client.answer()["type"] as? String == "ready")
    let stream = try await EventStream.open(
      "\(suite.publicURL)/sessions/\(talk.id)/events", token: talk.person.token)
    #expect(try await stream.event("remaining").text("state") == "live")
    try await isOver(talk, 3)
    let frame = try await client.answer()
    #expect(frame["type"] as? String == "ended" && frame["end_reason"] as? String == "agent_ended", "\(frame)")
    #expect(frame["charged_ms"] as? Int == charged)
    #expect(try await client.closeCode() == 1000)
    let event = try await stream.event("ended")
    #expect(try event.text("end_reason") == "agent_ended" && event.number("charged_ms") == charged)
  }

  @Test("a page whose agent has left reports it, and its talk is charged to the last beat")
  func agentLeft() async throws {
    let suite = try Suite.running()
    let (talk, charged, seq) = try await beating(suite)
    let unknown = try await talk.person.call("POST", "/sessions/\(talk.id)/end", body: ["cause": "bored"])
    #expect(unknown.status == 400)
    #expect((unknown.json["errors"] as? [[String: Any]])?.first?["field"] as? String == "cause")
    #expect(try await talk.beat(seq).json["charged_ms"] as? Int == charged)
    let ended = try await talk.person.call("POST", "/sessions/\(talk.id)/end", body: ["cause": "agent_left"])
    #expect(ended.status == 200)
    #expect(try ended.text("end_reason") == "agent_ended" && ended.number("charged_ms") == charged)
    let again = try await talk.person.call("POST", "/sessions/\(talk.id)/end")
    #expect(try again.text("end_reason") == "agent_ended" && again.number("charged_ms") == charged)
  }

  @Test("the webhook of a call that was taken over ends no other talk")
  func another() async throws {
    let suite = try Suite.running()
    let (first, _, _) = try await beating(suite)
    // ElevenLabs reports the call as over, but has sent no webhook.
    try await suite.sandbox(
      "PUT", "/control/elevenlabs/conversations/\(first.conversation)",
      body: ["duration_secs": 3, "status": "done", "webhooks": 0])
    let started = try await first.person.call("POST", "/sessions", body: ["take_over": true])
    #expect(started.status == 201)
    let second = Talk(
      person: first.person, id: try started.text("id"), conversation: try started.text("conversation_id"))
    #expect(try await second.beat(1).status == 200)
    try await suite.sandbox(
      "POST", "/control/elevenlabs/webhooks", body: ["conversation_id": first.conversation])
    _ = try await eventually("the news has come") {
      try await suite.sandbox("GET", "/control/elevenlabs/webhooks").items.contains {
        $0["event_id"] as? String == first.conversation
          && ($0["attempts"] as? [[String: Any]])?.contains { $0["status"] as? Int == 200 } == true
      } ? true : nil
    }
    #expect(try await second.beat(2).status == 200)
    #expect(try await second.end().text("end_reason") == "user")
  }
}
