import Foundation
import Testing

/// Each step of a talk with a process or store killed at exactly that step. The ledger is checked afterwards.
@Suite("A talk whose services or stores are killed at each step", .serialized, .sandboxRestored)
struct KillTableTests {
  func owner(_ suite: Suite) async throws -> Person {
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    return person
  }

  private func slowInvitation(_ suite: Suite, _ milliseconds: Int) async throws {
    try await suite.sandbox(
      "PUT", "/control/elevenlabs/fault",
      body: ["kind": "latency", "delay_ms": milliseconds, "times": 1, "path": "get-signed-url"])
  }

  /// Waits until ElevenLabs has received the request and not responded yet.
  private func asked(_ suite: Suite, since count: Int) async throws {
    _ = try await eventually("ElevenLabs is asked for a URL") { try await invitations(suite) > count ? true : nil }
  }

  private func invitations(_ suite: Suite) async throws -> Int {
    try await suite.sandbox("GET", "/control/elevenlabs/requests").items.count {
      ($0["path"] as? String)?.contains("get-signed-url") == true
    }
  }

  /// Checks that nothing is held and the whole balance is available.
  func whole(_ person: Person, _ balance: Int = 600_000) async throws {
    _ = try await eventually("nothing is held") {
      let answer = try await person.balance()
      return answer.json["held_ms"] as? Int == 0 && answer.json["available_ms"] as? Int == balance ? true : nil
    }
    try await person.suite.dev("talktime", "ledger", "verify")
  }

  /// Ends the talk and its conversation.
  func finish(_ talk: Talk) async throws -> Answer {
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

  @Test("Redis, before it records the hold: nothing is left of the hold")
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

  @Test("the service, with the first slice held and not recorded in Redis: the deadline passes, and the hold is closed")
  func holdUntold() async throws {
    let suite = try Suite.running()
    let person = try await owner(suite)
    var start: Task<Answer?, Never>?
    try await suite.behindProxies("session") { redis, _ in
      redis.stop(at: Script.grant)
      start = Task { try? await person.call("POST", "/sessions", body: [:]) }
      try await redis.reached()
      #expect(try await person.balance().number("held_ms") == 60_000)
    }
    #expect(await start?.value?.status != 201)
    try await whole(person)
  }

  @Test("a hold that comes after the settlement is refused")
  func lateHold() async throws {
    let suite = try Suite.running()
    let person = try await owner(suite)
    try await suite.behindProxies("session") { _, postgres in
      postgres.stop(at: Statement.lock, once: true)
      let late = Task { try await person.call("POST", "/sessions", body: [:]) }
      try await postgres.reached()
      let other = try await person.call("POST", "/sessions", body: ["take_over": true])
      try #require(other.status == 201, "\(other.json)")
      let first = try await eventually("the first one is settled") {
        try await person.talks().first { $0.reason == "taken_over" }
      }
      postgres.release()
      #expect(try await late.value.status == 503)
      #expect(try await person.slices(of: first.id) == [])
      #expect(try await person.call("POST", "/sessions/\(try other.text("id"))/end").status == 200)
    }
    try await whole(person)
  }

  @Test("the service, before a start is answered: its key gives the same URL again")
  func startAnswer() async throws {
    let suite = try Suite.running()
    let person = try await owner(suite)
    let key = [("Idempotency-Key", UUID().uuidString)]
    var lost: Task<Answer?, Never>?
    try await suite.behindProxies("session") { _, postgres in
      postgres.stop(at: Statement.keepAnswer, .after)
      lost = Task { try? await person.call("POST", "/sessions", body: [:], headers: key) }
      try await postgres.reached()
    }
    #expect(await lost?.value?.status != 201)
    let first = try await person.call("POST", "/sessions", body: [:], headers: key)
    let again = try await person.call("POST", "/sessions", body: [:], headers: key)
    try #require(first.status == 201 && again.status == 201)
    #expect(try first.text("signed_url") == again.text("signed_url"))
    #expect(try first.text("id") == again.text("id"))
    #expect(try await person.talks().map(\.id) == [try first.text("id")])
    let other = try await person.call("POST", "/sessions", body: ["take_over": true], headers: key)
    #expect(other.status == 422)
    #expect(try await person.call("POST", "/sessions/\(try first.text("id"))/end").status == 200)
    try await whole(person)
  }
}
