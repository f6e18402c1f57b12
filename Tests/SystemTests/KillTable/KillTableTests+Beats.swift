import Foundation
import Testing

extension KillTableTests {
  @Test(
    "the service, before a beat is answered: the same beat again costs nothing, and the next one charges all the time")
  func beatAnswer() async throws {
    let suite = try Suite.running()
    let talk = try await owner(suite).startTalk()
    var watch = StopWatch()
    var lost: Task<Answer?, Never>?
    try await watch.begin { try await talk.beat(1) }
    try await suite.behindProxies("session") { redis, _ in
      redis.stop(at: Script.beat, .after)
      lost = Task { try? await talk.beat(2) }
      try await redis.reached()
    }
    _ = await lost?.value
    let again = try await eventually("a beat is taken") {
      let answer = try await talk.beat(2)
      return answer.status == 200 ? answer : nil
    }
    #expect(try again.number("seq") == 2)
    #expect(try await talk.beat(2).number("charged_ms") == again.number("charged_ms"))
    #expect(try await talk.beat(3).number("charged_ms") > again.number("charged_ms"))
    let bill = try await watch.end { try await finish(talk).number("charged_ms") }
    #expect(watch.times.contains(bill + (try await talk.forgiven())))
    try await whole(talk.person, 600_000 - bill)
  }

  @Test("Redis loses its last second: the next beat meters it again, and the total is the same")
  func lastSecond() async throws {
    let suite = try Suite.running()
    let talk = try await owner(suite).startTalk()
    var watch = StopWatch()
    try await watch.begin { try await talk.beat(1) }
    let (charged, seq) = try await talk.beat(from: 2, untilCharged: 1_000, every: .milliseconds(500))
    let past = try RedisPast(suite)
    let (later, last) = try await talk.beat(from: seq + 1, untilCharged: charged + 1_000, every: .milliseconds(500))
    try await past.comeBack()
    #expect(try await suite.granted(to: talk) == 60_000)
    _ = try await eventually("the talk goes on") { try await talk.beat(last + 1).status == 200 ? true : nil }
    let bill = try await watch.end { try await finish(talk).number("charged_ms") }
    let forgiven = try await talk.forgiven()
    #expect(bill + forgiven >= later)
    #expect(watch.times.contains(bill + forgiven))
    try await whole(talk.person, 600_000 - bill)
  }
}

/// The shortest and the longest possible length of a talk, in milliseconds by the talker's clock.
struct StopWatch {
  private var began: (ContinuousClock.Instant, ContinuousClock.Instant)?
  private(set) var times = 0...0

  /// - Parameter beat: the first beat.
  mutating func begin<T>(_ beat: () async throws -> T) async rethrows {
    let before = ContinuousClock.now
    _ = try await beat()
    began = (before, .now)
  }

  mutating func end<T>(_ hangUp: () async throws -> T) async rethrows -> T {
    let before = ContinuousClock.now
    let value = try await hangUp()
    if let began {
      // Redis counts whole milliseconds.
      let least = Int((before - began.1) / .milliseconds(1)) - 2
      times = least...max(least, Int((ContinuousClock.now - began.0) / .milliseconds(1)) + 2)
    }
    return value
  }
}
