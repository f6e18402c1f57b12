import Domain
import Fakes
import Foundation
import RedisDriver
import Testing

@testable import RedisAdapter

/// The pure rule and the scripts, side by side, on random histories with a clock that the test holds.
@Suite("The rule and the script agree", .serialized)
struct MeterAgreementTests {
  @Test("on 1,000 random histories of beats, duplicates, gaps, outages, grants and top-ups")
  func agree() async throws {
    let redis = try await TestTalks.connect(.agreement)
    defer { redis.close() }
    var random = Seeded(UInt64.random(in: 0...UInt64.max))
    var kinds: Set<String> = []
    for number in 0..<1_000 {
      let seed = random.next()
      var history = try await TalkHistory(redis: redis.client, seed: seed)
      try await history.play(steps: 12 + number % 40)
      kinds.formUnion(history.seen)
    }
    // A generator that reaches no end would agree about nothing.
    for reason in [
      "gap", "exhausted", "max_duration", "never_connected", "billing_unavailable", "user", "repeated", "limited",
      "noted gap",
    ] {
      #expect(kinds.contains(reason), "no history met \(reason)")
    }
  }
}

private struct TalkHistory {
  let redis: RedisClient
  let seed: UInt64
  let scripts = TalkScripts(wall: Array("local wall = tonumber(redis.call('GET', 'tt:wall'))\n".utf8))
  let keys: TalkKeys
  let session: SessionID
  let user: UserID
  var random: Seeded
  var wall: Int64 = 1_700_000_000_000
  var run = "run-0"
  var clock: ShardClock
  var meter: Meter
  let limit: BeatLimit
  var seen: Set<String> = []
  var forgivenAtEnd: Int64?
  var log: [String] = []

  init(redis: RedisClient, seed: UInt64) async throws {
    self.redis = redis
    self.seed = seed
    random = Seeded(seed)
    user = UserID(UUID())
    let shard = Shard(of: user)
    keys = TalkKeys(shard)
    session = try #require(SessionID(shard: shard, random: (0..<16).map { _ in UInt8.random(in: 0...255) }))
    limit = Bool.random(using: &random) ? BeatLimit(interval: 0, burst: 1) : BeatLimit(interval: 2_000, burst: 2)
    let available = Int64.random(in: 1_000...200_000, using: &random)
    let grace: Int64 = [0, 4_000, 30_000].randomElement(using: &random) ?? 0
    let longest = Int64.random(in: 20_000...90_000, using: &random)
    clock = ShardClock(wall: wall)
    meter = Meter(
      reservedAt: wall, available: available, walletVersion: 3, grace: grace, longest: longest, skippedBefore: 0)
    _ = try await redis.pipeline([
      RedisCommand(
        "DEL", RedisArgument(keys.clock), RedisArgument(keys.ended), RedisArgument(keys.deadlines)),
      RedisCommand("SET", "tt:wall", RedisArgument(wall)), RedisCommand("SET", RedisArgument(keys.revocations), "1"),
    ])
    let reply = try await redis.run(
      scripts.reserve, keys: [keys.session(session)],
      arguments: [
        RedisArgument(session.text), RedisArgument(user.description), RedisArgument(available), "3",
        RedisArgument(grace), RedisArgument(longest), "0",
      ])
    #expect(reply.array?.first?.int == 0)
  }

  mutating func play(steps: Int) async throws {
    // Most histories get their first slice in time, so that they come to live.
    if Int.random(in: 0..<10, using: &random) > 0 { try await grant() }
    for _ in 0..<steps {
      try await passTime()
      switch Int.random(in: 0..<20, using: &random) {
      case 0..<11: try await beat()
      case 11..<13: try await tick()
      case 13..<16: try await grant()
      case 16: try await topUp()
      case 17: try await read()
      case 18 where Int.random(in: 0..<6, using: &random) == 0: try await hangUp()
      default: try await tick()
      }
    }
    let events = try await redis.send(RedisCommand("XLEN", RedisArgument(keys.ended)))
    #expect(events.int == (meter.state == .ended ? 1 : 0), "seed \(seed)")
  }

  private mutating func passTime() async throws {
    switch Int.random(in: 0..<24, using: &random) {
    case 0..<10: wall += 5_000 / Int64.random(in: 2...4, using: &random)
    case 10..<18:
      // Five seconds in looks that are close enough together, as the ticks make them.
      let step = Int64.random(in: 1_000...2_600, using: &random)
      for _ in 0..<2 {
        wall += step
        try await tick()
      }
    case 18..<20:
      for _ in 0..<5 {
        wall += 2_400
        try await tick()
      }
    case 20: wall += Int64.random(in: 3_001...60_000, using: &random)
    case 21: wall -= Int64.random(in: 1...5_000, using: &random)
    case 22:
      run = "run-\(random.next() % 1_000)"
      wall += Int64.random(in: 0...20_000, using: &random)
    default: break
    }
    try await redis.send(RedisCommand("SET", "tt:wall", RedisArgument(wall)))
  }

  private mutating func beat() async throws {
    let given: Int64? =
      switch Int.random(in: 0..<10, using: &random) {
      case 0: max(0, meter.seq - Int64.random(in: 0...2, using: &random))
      case 1: nil
      default: meter.seq + Int64.random(in: 1...2, using: &random)
      }
    let before = meter.state
    clock.look(at: wall)
    let verdict = meter.beat(seq: given, at: clock.now, resumed: clock.resumed, limit: limit)
    let reply = try await redis.run(
      scripts.beat, keys: [keys.session(session), keys.clock, keys.revocations, keys.revoked(user)],
      arguments: [
        RedisArgument(session.text), RedisArgument(user.description), "device", "0", RedisArgument(given ?? -1),
        RedisArgument(limit.interval), RedisArgument(limit.burst),
      ])
    let code: Int64 =
      switch verdict {
      case .accepted, .repeated: 0
      case .limited: 3
      case .ended: 2
      }
    seen.insert("\(verdict)")
    if before == .ended { #expect(verdict == .ended) }
    try compare(reply, code, "beat \(given.map(String.init) ?? "-")")
  }

  private mutating func tick() async throws {
    try await redis.send(RedisCommand("SET", "tt:wall", RedisArgument(wall)))
    clock.look(at: wall)
    clock.found(run: run)
    meter.expire(at: clock.now, resumed: clock.resumed)
    _ = try await redis.run(scripts.tick, keys: [keys.deadlines], arguments: [RedisArgument(run), "100"])
    try await read()
  }

  private mutating func grant() async throws {
    let number = meter.slice + (Bool.random(using: &random) ? 1 : 0)
    let cumulative = max(0, meter.granted + Int64.random(in: -5_000...40_000, using: &random))
    let version = meter.walletVersion + Int64.random(in: -1...2, using: &random)
    let final = Int.random(in: 0..<3, using: &random) == 0
    let available = final ? 0 : Int64.random(in: 0...60_000, using: &random)
    clock.look(at: wall)
    meter.grant(
      cumulative, slice: number, version: version, available: available, isFinal: final, at: clock.now,
      resumed: clock.resumed)
    let reply = try await redis.run(
      scripts.grant, keys: [keys.session(session)],
      arguments: [
        RedisArgument(session.text), RedisArgument(cumulative), RedisArgument(number), RedisArgument(version),
        RedisArgument(available), RedisArgument(final ? 1 : 0),
      ])
    try compare(reply, meter.state == .ended ? 2 : 0, "grant \(cumulative) final \(final)")
  }

  private mutating func topUp() async throws {
    let version = meter.walletVersion + Int64.random(in: -1...3, using: &random)
    let available = Int64.random(in: 0...100_000, using: &random)
    let wasOver = meter.state == .ended
    clock.look(at: wall)
    meter.walletChanged(version: version, available: available, at: clock.now, resumed: clock.resumed)
    let reply = try await redis.run(
      scripts.wallet, keys: [keys.live(user)],
      arguments: [RedisArgument(user.description), RedisArgument(version), RedisArgument(available), "0"])
    if wasOver {
      #expect(reply.array?.first?.int == 1)
    } else {
      try compare(reply, meter.state == .ended ? 2 : 0, "top-up")
    }
  }

  private mutating func read() async throws {
    clock.look(at: wall)
    meter.expire(at: clock.now, resumed: clock.resumed)
    let reply = try await redis.run(
      scripts.read, keys: [keys.session(session)], arguments: [RedisArgument(session.text)])
    try compare(reply, meter.state == .ended ? 2 : 0, "read")
  }

  private mutating func hangUp() async throws {
    clock.look(at: wall)
    meter.hangUp(.user, at: clock.now, resumed: clock.resumed)
    let reply = try await redis.run(
      scripts.hangUp, keys: [keys.session(session)],
      arguments: [RedisArgument(session.text), RedisArgument(user.description), "user"])
    try compare(reply, 2, "hang up")
  }

  private mutating func compare(_ reply: RedisValue, _ code: Int64, _ step: String) throws {
    let told = try #require(TalkReply(reply), "seed \(seed)")
    let left = meter.state == .ended ? 0 : max(0, meter.deadline(resumed: clock.resumed).at - clock.now)
    // What the clock skips after the end is none of the talk's business.
    let forgiven = forgivenAtEnd ?? clock.skipped - meter.skippedBefore
    if meter.state == .ended { forgivenAtEnd = forgiven }
    let expected = [
      code, meter.state.rawValue, meter.seq, meter.remaining, meter.metered, meter.granted, meter.available,
      meter.isFinal ? 1 : 0, left, meter.slice, meter.walletVersion, forgiven, meter.beats,
    ]
    let found = [told.code] + TalkReply.Figure.allCases.map { told[$0] ?? -1 }
    log.append("\(step): \(found)")
    #expect(found == expected, "seed \(seed), \(step), after \(log.suffix(6))")
    #expect(told.reason ?? "" == meter.reason?.rawValue ?? "", "seed \(seed), \(step)")
    if meter.state == .ended { seen.insert(told.reason ?? "") }
    if step == "read", meter.state == .ended { try compare(try #require(told.trace, "seed \(seed)")) }
    guard found == expected else { throw Disagreement() }
  }

  private mutating func compare(_ trace: TalkTrace) throws {
    #expect(trace.gaps == meter.gaps, "seed \(seed)")
    #expect(trace.chargedToLastBeat == .milliseconds(meter.meteredAtBeat), "seed \(seed)")
    #expect(trace.walletVersion == meter.walletVersion, "seed \(seed)")
    #expect((trace.firstBeat == nil) == (meter.beats == 0) && (trace.lastBeat == nil) == (meter.beats == 0))
    if trace.gaps.count > 0 { seen.insert("noted gap") }
  }
}

private struct Disagreement: Error {}
