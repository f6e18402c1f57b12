import Application
import Domain
import Fakes
import Foundation
import RedisDriver
import Synchronization
import TestInfrastructure
import Testing

@testable import RedisAdapter

/// Compares the pure rule with the scripts on random histories, with a clock that the test controls.
@Suite("Agreement of the meter's rule and its script", .serialized)
struct MeterAgreementTests {
  @Test("rule and script agree on 10,000 random histories of beats, duplicates, gaps, outages, grants and top-ups")
  func agree() async throws {
    let redis = try await TestTalks.connect(.agreement)
    defer { redis.close() }
    let listener = try await ChangeListener(redis.client)
    defer { listener.stop() }
    let scripts = RedisTalkScripts(wall: Array("local wall = tonumber(ARGV[#ARGV])\n".utf8))
    _ = try await redis.client.pipeline(
      [scripts.beats, scripts.reserve, scripts.grant, scripts.wallet, scripts.hangUp, scripts.read, scripts.tick]
        .map { RedisCommand("SCRIPT", "LOAD", RedisArgument($0.source)) })
    // Only one history at a time uses a shard's clock.
    let lanes = try await withThrowingTaskGroup(of: Lane.self) { group in
      for shard in Shard.all {
        group.addTask {
          var lane = Lane(shard: shard)
          try await lane.play(histories: 10_000 / Shard.all.count, redis.client, scripts)
          return lane
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    let kinds = lanes.reduce(into: Set<String>()) { $0.formUnion($1.seen) }
    let told = lanes.reduce(into: [SessionID: [String]]()) { $0.merge($1.told) { first, _ in first } }
    // The channels also carry the talks of other suites.
    let expected = told.values.reduce(0) { $0 + $1.count }
    _ = await eventually {
      listener.heard.reduce(0) { $0 + (told[$1.key] == nil ? 0 : $1.value.count) } >= expected ? true : nil
    }
    let heard = listener.heard
    for (session, words) in told { #expect(heard[session] ?? [] == words, "\(session)") }
    // A generator that never reaches an end would prove nothing about ends.
    for reason in [
      "gap", "exhausted", "max_duration", "never_connected", "billing_unavailable", "user", "agent_ended", "repeated",
      "limited", "several beats in one call",
      "noted gap", "told low", "told topped_up", "told remaining", "told ended",
    ] {
      #expect(kinds.contains(reason), "no history met \(reason)")
    }
  }
}

/// Records the changes on the shards' channels: for each talk its changes, numbered from 1.
private final class ChangeListener: Sendable {
  private struct State {
    var isListening = false
    var heard: [SessionID: [String]] = [:]
  }

  private let state = Mutex(State())
  private let task = Mutex<Task<Void, Never>?>(nil)

  init(_ redis: RedisClient) async throws {
    let listening = Task { await RedisTalkFeed(redis: redis, longest: .minutes(60)).listen { word in self.hear(word) } }
    task.withLock { $0 = listening }
    let begun: Bool? = await eventually { self.state.withLock { $0.isListening } ? true : nil }
    try #require(begun != nil)
  }

  private func hear(_ word: TalkBroadcastMessage) {
    state.withLock { state in
      switch word {
      case .begins: state.isListening = true
      case .change(let change):
        state.heard[change.session, default: []].append(
          "\(change.kind.rawValue) \(change.state.rawValue) \(change.remaining.milliseconds) "
            + "\(change.charged.milliseconds)")
        #expect(change.version == Int64(state.heard[change.session]?.count ?? 0))
      case .replaced, .revoked: break
      }
    }
  }

  var heard: [SessionID: [String]] { state.withLock { $0.heard } }
  func stop() { task.withLock { $0?.cancel() } }
}

/// The histories of one shard, one after the other.
private struct Lane {
  let shard: Shard
  var seen: Set<String> = []
  var told: [SessionID: [String]] = [:]

  mutating func play(histories: Int, _ redis: RedisClient, _ scripts: RedisTalkScripts) async throws {
    var random = Seeded(UInt64.random(in: 0...UInt64.max))
    for number in 0..<histories {
      var history = try await TalkHistory(redis: redis, scripts: scripts, shard: shard, seed: random.next())
      try await history.play(steps: 12 + number % 40)
      seen.formUnion(history.seen)
      told[history.session] = history.told
    }
  }
}

private struct TalkHistory {
  let redis: RedisClient
  let seed: UInt64
  let scripts: RedisTalkScripts
  let shard: Shard
  let session: SessionID
  let user: UserID
  var random: Seeded
  var wall: Int64 = 1_700_000_000_000
  var run = "run-0"
  var clock: ShardClock
  var meter: Meter
  let limit: BeatRateLimit
  var seen: Set<String> = []
  var forgivenAtEnd: Int64?
  /// The changes that subscribers must receive, according to the rule.
  var told: [String] = []
  var log: [String] = []

  /// The commands that the next step sends first.
  private var ahead: [RedisCommand] = []

  init(redis: RedisClient, scripts: RedisTalkScripts, shard: Shard, seed: UInt64) async throws {
    self.redis = redis
    self.scripts = scripts
    self.seed = seed
    random = Seeded(seed)
    var user = UserID(UUID())
    while Shard(of: user) != shard { user = UserID(UUID()) }
    self.user = user
    self.shard = shard
    session = try #require(SessionID(shard: shard, random: (0..<16).map { _ in UInt8.random(in: 0...255) }))
    limit =
      Bool.random(using: &random) ? BeatRateLimit(interval: 0, burst: 1) : BeatRateLimit(interval: 2_000, burst: 2)
    let available = Int64.random(in: 1_000...200_000, using: &random)
    let grace: Int64 = [0, 4_000, 30_000].randomElement(using: &random) ?? 0
    let longest = Int64.random(in: 20_000...90_000, using: &random)
    clock = ShardClock(wall: wall)
    meter = Meter(
      reservedAt: wall, available: available, walletVersion: 3, grace: grace, longest: longest, skippedBefore: 0)
    ahead = [
      RedisCommand(
        "DEL", RedisArgument(Keyspace.clock(shard)), RedisArgument(Keyspace.ended(shard)),
        RedisArgument(Keyspace.deadlines(shard))),
      RedisCommand("SET", RedisArgument(Keyspace.revocations(shard)), "1"),
    ]
    let reply = try await run(
      scripts.reserve, [Keyspace.session(session)],
      [
        RedisArgument(session.text), RedisArgument(user.description), RedisArgument(available), "3",
        RedisArgument(grace), RedisArgument(longest), "0",
      ])
    #expect(reply.array?.first?.int == 0)
  }

  mutating func play(steps: Int) async throws {
    // Most histories get their first slice in time, so that they become live.
    if Int.random(in: 0..<10, using: &random) > 0 { try await grant() }
    for _ in 0..<steps {
      passTime()
      switch Int.random(in: 0..<20, using: &random) {
      case 0..<11: try await beat()
      case 11..<13: tick()
      case 13..<16: try await grant()
      case 16: try await topUp()
      case 17: try await read()
      case 18 where Int.random(in: 0..<6, using: &random) == 0: try await hangUp()
      default: tick()
      }
    }
    try await read()
    let events = try await redis.send(RedisCommand("XLEN", RedisArgument(Keyspace.ended(shard))))
    #expect(events.int == (meter.state == .ended ? 1 : 0), "seed \(seed)")
  }

  /// Applies a step to the rule, and records the change for subscribers.
  private mutating func rule<T>(_ step: (inout Meter, ShardClock) -> T) -> T {
    let before = meter
    let answer = step(&meter, clock)
    // Time that the clock skips after the end does not concern the talk.
    if meter.state == .ended, forgivenAtEnd == nil { forgivenAtEnd = clock.skipped - meter.skippedBefore }
    if let change = meter.change(since: before) {
      told.append("\(change.rawValue) \(meter.state.rawValue) \(meter.remaining) \(meter.metered)")
      seen.insert("told \(change.rawValue)")
    }
    return answer
  }

  private mutating func passTime() {
    switch Int.random(in: 0..<24, using: &random) {
    case 0..<10: wall += 5_000 / Int64.random(in: 2...4, using: &random)
    case 10..<18:
      // Five seconds in readings that are close enough together, as the ticks make them.
      let step = Int64.random(in: 1_000...2_600, using: &random)
      for _ in 0..<2 {
        wall += step
        tick()
      }
    case 18..<20:
      for _ in 0..<5 {
        wall += 2_400
        tick()
      }
    case 20: wall += Int64.random(in: 3_001...60_000, using: &random)
    case 21: wall -= Int64.random(in: 1...5_000, using: &random)
    case 22:
      run = "run-\(random.next() % 1_000)"
      wall += Int64.random(in: 0...20_000, using: &random)
    default: break
    }
  }

  /// One beat, or a few in one call, with a beat of a talk that does not exist among them.
  private mutating func beat() async throws {
    clock.look(at: wall)
    let count = Int.random(in: 0..<4, using: &random) == 0 ? Int.random(in: 2...3, using: &random) : 1
    var (given, expected): ([Int64?], [Expected]) = ([], [])
    for _ in 0..<count {
      given.append(nextNumber())
      let before = meter.state
      let limit = limit
      let verdict = rule { [seq = given.last ?? nil] in
        $0.beat(seq: seq, at: $1.now, resumed: $1.resumed, limit: limit)
      }
      let code: Int64 =
        switch verdict {
        case .accepted, .repeated: 0
        case .limited: 3
        case .ended: 2
        }
      seen.insert("\(verdict)")
      if before == .ended { #expect(verdict == .ended) }
      expected.append(self.expected(code))
    }
    let stranger = count > 1 ? Int.random(in: 0...count, using: &random) : nil
    let reply = try await run(scripts.beats, keys(beats: count, stranger), words(given, stranger))
    var replies = try #require(reply.array)
    #expect(replies.count == count + (stranger == nil ? 0 : 1), "seed \(seed)")
    if let stranger { #expect(replies.remove(at: stranger) == .array([.integer(1)]), "seed \(seed)") }
    if count > 1 { seen.insert("several beats in one call") }
    for (reply, (seq, expected)) in zip(replies, zip(given, expected)) {
      try compare(RedisTalkScriptReply(reply), expected, "beat \(seq.map(String.init) ?? "-")")
    }
  }

  private mutating func nextNumber() -> Int64? {
    switch Int.random(in: 0..<10, using: &random) {
    case 0: max(0, meter.seq - Int64.random(in: 0...2, using: &random))
    case 1: nil
    default: meter.seq + Int64.random(in: 1...2, using: &random)
    }
  }

  private func keys(beats count: Int, _ stranger: Int?) -> [String] {
    var revoked = Array(repeating: Keyspace.revoked(user, in: shard), count: count)
    var sessions = Array(repeating: Keyspace.session(session), count: count)
    if let stranger {
      revoked.insert(Keyspace.revoked(UserID(UUID()), in: shard), at: stranger)
      sessions.insert(Keyspace.sessionPrefix(shard) + "nobody", at: stranger)
    }
    return [Keyspace.clock(shard), Keyspace.revocations(shard)] + revoked + sessions
  }

  private func words(_ given: [Int64?], _ stranger: Int?) -> [RedisArgument] {
    var numbers = given.map { $0 ?? -1 }
    if let stranger { numbers.insert(1, at: stranger) }
    return [RedisArgument(limit.interval), RedisArgument(limit.burst)]
      + numbers.flatMap { ["device", "0", RedisArgument($0)] }
  }

  /// The tick is sent with the next step, whose reply shows its effect.
  private mutating func tick() {
    clock.look(at: wall)
    clock.found(run: run)
    _ = rule { $0.expire(at: $1.now, resumed: $1.resumed) }
    ahead.append(call(scripts.tick, [Keyspace.deadlines(shard)], [RedisArgument(run), "100"]))
  }

  private func call(_ script: RedisScript, _ keys: [String], _ arguments: [RedisArgument]) -> RedisCommand {
    RedisCommand(
      ["EVALSHA", RedisArgument(script.sha1), RedisArgument(keys.count)] + keys.map { RedisArgument($0) } + arguments
        + [RedisArgument(wall)])
  }

  private mutating func run(
    _ script: RedisScript, _ keys: [String], _ arguments: [RedisArgument]
  ) async throws -> RedisValue {
    let commands = ahead + [call(script, keys, arguments)]
    ahead = []
    let replies = try await redis.pipeline(commands)
    for case .error(let message) in replies { Issue.record("\(message), seed \(seed)") }
    return try #require(replies.last)
  }

  private mutating func grant() async throws {
    let number = meter.slice + (Bool.random(using: &random) ? 1 : 0)
    let cumulative = max(0, meter.granted + Int64.random(in: -5_000...40_000, using: &random))
    let version = meter.walletVersion + Int64.random(in: -1...2, using: &random)
    let final = Int.random(in: 0..<3, using: &random) == 0
    let available = final ? 0 : Int64.random(in: 0...60_000, using: &random)
    clock.look(at: wall)
    rule {
      $0.grant(
        cumulative, slice: number, version: version, available: available, isFinal: final, at: $1.now,
        resumed: $1.resumed)
    }
    let reply = try await run(
      scripts.grant, [Keyspace.session(session)],
      [
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
    rule { $0.walletChanged(version: version, available: available, at: $1.now, resumed: $1.resumed) }
    let reply = try await run(
      scripts.wallet, [Keyspace.live(user)],
      [RedisArgument(user.description), RedisArgument(version), RedisArgument(available), "0"])
    if wasOver {
      #expect(reply.array?.first?.int == 1)
    } else {
      try compare(reply, meter.state == .ended ? 2 : 0, "top-up")
    }
  }

  private mutating func read() async throws {
    clock.look(at: wall)
    _ = rule { $0.expire(at: $1.now, resumed: $1.resumed) }
    let reply = try await run(scripts.read, [Keyspace.session(session)], [RedisArgument(session.text)])
    try compare(reply, meter.state == .ended ? 2 : 0, "read")
  }

  private mutating func hangUp() async throws {
    let reason: EndReason = Bool.random(using: &random) ? .user : .agentEnded
    clock.look(at: wall)
    rule { $0.hangUp(reason, at: $1.now, resumed: $1.resumed) }
    let reply = try await run(
      scripts.hangUp, [Keyspace.session(session)],
      [RedisArgument(session.text), RedisArgument(user.description), RedisArgument(reason.rawValue)])
    try compare(reply, 2, "hang up")
  }

  /// What the rule says of the talk after a step.
  private struct Expected {
    let figures: [Int64]
    let reason: String
    let isOver: Bool
  }

  private func expected(_ code: Int64) -> Expected {
    let left = meter.state == .ended ? 0 : max(0, meter.deadline(resumed: clock.resumed).at - clock.now)
    let forgiven = forgivenAtEnd ?? clock.skipped - meter.skippedBefore
    let figures = [
      code, meter.state.rawValue, meter.seq, meter.remaining, meter.metered, meter.granted, meter.available,
      meter.isFinal ? 1 : 0, left, meter.slice, meter.walletVersion, forgiven, meter.beats,
    ]
    return Expected(figures: figures, reason: meter.reason?.rawValue ?? "", isOver: meter.state == .ended)
  }

  private mutating func compare(_ reply: RedisValue, _ code: Int64, _ step: String) throws {
    try compare(RedisTalkScriptReply(reply), expected(code), step)
  }

  private mutating func compare(_ reply: RedisTalkScriptReply?, _ expected: Expected, _ step: String) throws {
    let told = try #require(reply, "seed \(seed)")
    let found = [told.code] + RedisTalkScriptReply.Figure.allCases.map { told[$0] ?? -1 }
    log.append("\(step): \(found)")
    #expect(found == expected.figures, "seed \(seed), \(step), after \(log.suffix(6))")
    #expect(told.reason ?? "" == expected.reason, "seed \(seed), \(step)")
    if expected.isOver { seen.insert(told.reason ?? "") }
    if step == "read", expected.isOver { try compare(try #require(told.trace, "seed \(seed)")) }
    guard found == expected.figures else { throw Disagreement() }
  }

  private mutating func compare(_ trace: TalkBeatSummary) throws {
    #expect(trace.gaps == meter.gaps, "seed \(seed)")
    #expect(trace.chargedToLastBeat == .milliseconds(meter.meteredAtBeat), "seed \(seed)")
    #expect(trace.walletVersion == meter.walletVersion, "seed \(seed)")
    #expect((trace.firstBeat == nil) == (meter.beats == 0) && (trace.lastBeat == nil) == (meter.beats == 0))
    if trace.gaps.count > 0 { seen.insert("noted gap") }
  }
}

private struct Disagreement: Error {}
