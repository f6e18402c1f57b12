import Foundation
import Testing

/// Each step of a talk with something killed at that very step. What stands afterwards is asked of the ledger.
@Suite("Killed at each step", .serialized)
struct KillTableTests {
  private func owner(_ suite: Suite) async throws -> Person {
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    return person
  }

  private func slowInvitation(_ suite: Suite, _ milliseconds: Int) async throws {
    try await suite.sandbox(
      "PUT", "/control/elevenlabs/fault",
      body: ["kind": "latency", "delay_ms": milliseconds, "times": 1, "path": "get-signed-url"])
  }

  /// ElevenLabs has been asked and has not answered yet.
  private func asked(_ suite: Suite, since count: Int) async throws {
    _ = try await eventually("ElevenLabs is asked for a URL") { try await invitations(suite) > count ? true : nil }
  }

  private func invitations(_ suite: Suite) async throws -> Int {
    try await suite.sandbox("GET", "/control/elevenlabs/requests").items.count {
      ($0["path"] as? String)?.contains("get-signed-url") == true
    }
  }

  /// Nothing is held, and the whole balance is there.
  private func whole(_ person: Person, _ balance: Int = 600_000) async throws {
    _ = try await eventually("nothing is held") {
      let answer = try await person.balance()
      return answer.json["held_ms"] as? Int == 0 && answer.json["available_ms"] as? Int == balance ? true : nil
    }
    try await person.suite.dev("talktime", "ledger", "verify")
  }

  /// Ends the talk and its conversation.
  private func finish(_ talk: Talk) async throws -> Answer {
    try await eventually("the talk is settled") {
      let answer = try await talk.end()
      return answer.status == 200 ? answer : nil
    }
  }

  @Test("the service, while ElevenLabs answers: nothing is held, and the slot is free again")
  func invitation() async throws {
    let suite = try Suite.running()
    let person = try await owner(suite)
    let before = try await invitations(suite)
    try await slowInvitation(suite, 4_000)
    let start = Task { try? await person.call("POST", "/sessions", body: [:]) }
    try await asked(suite, since: before)
    try await suite.dev("kill", "session", "1")
    #expect(await start.value?.status != 201)
    try await suite.dev("start", "session", "1")
    try await whole(person)
    let talk = try await eventually("the slot is free") { try await person.startTalkIfPossible() }
    #expect(try await finish(talk).number("charged_ms") == 0)
    try await whole(person)
  }

  @Test("Redis, before it hears of the hold: nothing is left of it")
  func holdWithoutRedis() async throws {
    let suite = try Suite.running()
    let person = try await owner(suite)
    let before = try await invitations(suite)
    try await slowInvitation(suite, 2_000)
    let start = Task { try await person.call("POST", "/sessions", body: [:]) }
    try await asked(suite, since: before)
    try await suite.dev("kill", "redis")
    #expect(try await start.value.status == 503)
    try await suite.dev("start", "redis")
    let talk = try await eventually("another talk starts") { try await person.startTalkIfPossible() }
    let (charged, _) = try await talk.beat(untilCharged: 1_000)
    let bill = try await finish(talk).number("charged_ms")
    #expect((charged...(charged + 10_000)).contains(bill))
    try await whole(person, 600_000 - bill)
  }

  @Test("the answer of a start: its key gives the same URL again")
  func startAnswer() async throws {
    let suite = try Suite.running()
    let person = try await owner(suite)
    let key = [("Idempotency-Key", UUID().uuidString)]
    let first = try await person.call("POST", "/sessions", body: [:], headers: key)
    let again = try await person.call("POST", "/sessions", body: [:], headers: key)
    #expect(first.status == 201 && again.status == 201)
    #expect(try first.text("signed_url") == again.text("signed_url"))
    #expect(try first.text("id") == again.text("id"))
    let other = try await person.call("POST", "/sessions", body: ["take_over": true], headers: key)
    #expect(other.status == 422)
    #expect(try await person.call("POST", "/sessions/\(try first.text("id"))/end").status == 200)
    try await whole(person)
  }

  @Test("the answer of a beat: the same beat again costs nothing, and the next one all that passed")
  func beatAnswer() async throws {
    let suite = try Suite.running()
    let talk = try await owner(suite).startTalk()
    let (charged, seq) = try await talk.beat(untilCharged: 1_000)
    #expect(try await talk.beat(seq).number("charged_ms") == charged)
    let (later, _) = try await talk.beat(from: seq + 1, untilCharged: charged + 1_000)
    let bill = try await finish(talk).number("charged_ms")
    #expect((later...(later + 10_000)).contains(bill))
    try await whole(talk.person, 600_000 - bill)
  }

  @Test("the settler, after a talk has ended: settled once at what Redis said")
  func settler() async throws {
    let suite = try Suite.running()
    let talk = try await owner(suite).startTalk()
    _ = try await talk.beat(untilCharged: 2_000)
    try await suite.dev("kill", "postgres")
    let ended = try await talk.end()
    #expect(ended.status == 202)
    #expect(ended.json["settled"] as? Bool == false && ended.json["balance_ms"] == nil)
    let provisional = try ended.number("charged_ms")
    try await suite.dev("kill", "session", "1")
    try await suite.dev("start", "postgres")
    try await suite.dev("start", "session", "1")
    #expect(try await finish(talk).number("charged_ms") == provisional)
    try await whole(talk.person, 600_000 - provisional)
  }

  @Test("all that Redis held: the talk is lost, charged at most what was talked, and another one can begin")
  func emptied() async throws {
    let suite = try Suite.running()
    let talk = try await owner(suite).startTalk()
    let (charged, _) = try await talk.beat(untilCharged: 2_000)
    try await suite.emptyRedis()
    try await suite.sandbox("POST", "/control/elevenlabs/conversations/\(talk.conversation)/finish", body: [:])
    let next = try await eventually("another talk starts") { try await talk.person.startTalkIfPossible() }
    let lost = try await talk.person.call("GET", "/sessions/\(talk.id)")
    #expect(try lost.text("end_reason") == "lost")
    let bill = try lost.number("charged_ms")
    #expect(bill <= charged)
    #expect(try await finish(next).number("charged_ms") == 0)
    try await whole(talk.person, 600_000 - bill)
  }

  @Test("the consumer, while a credit is committed: the talk hears of it afterwards")
  func credit() async throws {
    let suite = try Suite.running()
    let person = try await owner(suite)
    let talk = try await person.startTalk()
    _ = try await talk.beat(untilCharged: 1_000)
    try await suite.dev("kill", "session", "1")
    try await person.buyTenMinutes()
    try await suite.dev("start", "session", "1")
    var seq = 1_000
    _ = try await eventually("the talk knows of both purchases") {
      seq += 1
      let answer = try await talk.beat(seq)
      return (answer.json["remaining_ms"] as? Int ?? 0) > 1_100_000 ? true : nil
    }
    let bill = try await finish(talk).number("charged_ms")
    try await whole(person, 1_200_000 - bill)
  }
}
