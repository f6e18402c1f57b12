import Foundation
import RedisDriver
import Testing

extension KillTableTests {
  @Test("the service, with the talk ended and not settled: the talk is settled once at Redis's figure")
  func unsettled() async throws {
    let suite = try Suite.running()
    let talk = try await owner(suite).startTalk()
    _ = try await talk.beat(untilCharged: 1_000)
    var provisional = 0
    try await suite.behindProxies("session") { _, postgres in
      postgres.stop(at: Statement.settle)
      let ended = try await talk.end()
      #expect(ended.status == 202)
      #expect(ended.json["settled"] as? Bool == false && ended.json["balance_ms"] == nil)
      provisional = try ended.number("charged_ms")
      try await postgres.reached()
    }
    // The settlement is caused by the stream and not by a request.
    _ = try await eventually("it is settled") { try await talk.settlements() == .one ? true : nil }
    #expect(try await finish(talk).number("charged_ms") == provisional)
    try await whole(talk.person, 600_000 - provisional)
  }

  @Test("the settler, before it acknowledges: the event is delivered again, and the talk settled once")
  func unacknowledged() async throws {
    let suite = try Suite.running()
    let talk = try await owner(suite).startTalk()
    _ = try await talk.beat(untilCharged: 1_000)
    let stream = try talk.endedStream
    var bill = 0
    try await suite.behindProxies("session") { redis, _ in
      redis.stop(at: "XACK\r\n$\(stream.utf8.count)\r\n\(stream)")
      // If the settler is the faster of the two, the response waits behind the stopped connection.
      let ended = try await talk.end()
      #expect(ended.status == 200 || ended.status == 202)
      bill = try ended.number("charged_ms")
      try await redis.reached()
      #expect(try await pending(stream, suite) > 0)
    }
    _ = try await eventually("it is delivered again") { try await pending(stream, suite) == 0 ? true : nil }
    #expect(try await talk.settlements() == .one)
    try await whole(talk.person, 600_000 - bill)
  }

  private func pending(_ stream: String, _ suite: Suite) async throws -> Int64 {
    let found = try await suite.redis(RedisCommand("XPENDING", RedisArgument(stream), "session.settler"))
    return found.array?.first?.int ?? -1
  }

  @Test("the settler, after a talk has ended: the talk is settled once at Redis's figure")
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

  @Test("all that Redis held: the talk is lost, charged at most for what was talked, and another one can begin")
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

  @Test("Redis comes back old after the settlement: the next hold is refused, and the end that was answered stands")
  func oldAfterSettlement() async throws {
    let suite = try Suite.running()
    // With less than half a slice, so that each beat requests a slice from the ledger.
    let talk = try await Person.signUp(suite, with: 25_000).startTalk()
    let (_, seq) = try await talk.beat(untilCharged: 1_000)
    let past = try RedisPast(suite)
    let ended = try await talk.end()
    #expect(ended.status == 200)
    let bill = try ended.number("charged_ms")
    try await past.comeBack()
    var next = seq
    var taken = 0
    let over = try await eventually("the talk ends again") {
      next += 1
      let answer = try await talk.beat(next)
      taken += answer.status == 200 ? 1 : 0
      return answer.status == 410 ? answer : nil
    }
    // Otherwise Redis was not in an earlier state.
    #expect(taken > 0)
    #expect(try over.text("end_reason") == "lost")
    #expect(try await finish(talk).number("charged_ms") == bill)
    #expect(try await talk.settlements() == .one)
    try await whole(talk.person, 25_000 - bill)
  }
}
