import Application
import Domain
import Foundation
import Logging
import NIOCore
import NIOPosix
import RedisDriver
import Runtime
import Synchronization
import TestInfrastructure
import Testing

@testable import RedisAdapter

/// The behaviour that only the real store has. It uses the clock of Redis.
@Suite("Live talks in Redis", .serialized)
struct RedisLiveTalkStoreTests {
  private func with(_ body: (RedisClient, RedisLiveTalkStore, TalkPerson) async throws -> Void) async throws {
    let redis = try await TestTalks.connect(.live)
    defer { redis.close() }
    let talks = RedisLiveTalkStore(
      redis: redis.client, grace: .seconds(30), longest: .minutes(60), limit: BeatRateLimit(interval: 0, burst: 1))
    try await RedisRevocationCache(redis: redis.client).fill(with: [], whole: true)
    try await body(redis.client, talks, TalkPerson(talks: talks))
  }

  @Test("a live talk's key never expires, and a settled one's expires within an hour")
  func expiry() async throws {
    try await with { redis, talks, person in
      let session = try await person.live()
      let key = RedisArgument(Keyspace.session(session))
      #expect(try await redis.send(RedisCommand("TTL", key)).int == -1)
      _ = try await talks.hangUp(session, user: nil, .user)
      #expect(try await redis.send(RedisCommand("TTL", key)).int == -1)
      try await talks.settled(session)
      let left = try #require(try await redis.send(RedisCommand("TTL", key)).int)
      #expect((3_500...3_600).contains(left))
      // A further write does not make the key permanent.
      _ = try await person.beat(session)
      #expect(try #require(try await redis.send(RedisCommand("TTL", key)).int) > 0)
    }
  }

  @Test("the ticker ends a talk that no client asks about any more, charged in full")
  func ticker() async throws {
    try await with { redis, talks, person in
      let ticker = RedisDueTalkEnder(redis: redis)
      let worker = Worker("deadlines", every: RedisDueTalkEnder.interval, logger: Logger(label: "test")) {
        try await ticker.runOnce() ? .atOnce : .later
      }
      let running = Task { try await worker.run() }
      defer { running.cancel() }
      let session = try await person.live(granted: .milliseconds(700), isFinal: true)
      let stream = RedisArgument(Keyspace.ended(session.shard))
      let entries = try await eventually {
        try await redis.send(RedisCommand("XLEN", stream)).int.flatMap { $0 > 0 ? $0 : nil }
      }
      #expect(entries == 1)
      let talk = try #require(try await talks.read(session))
      #expect(talk.endReason == .exhausted && talk.charged == .milliseconds(700))
      #expect(try await talks.current(of: person.user) == nil)
    }
  }

  @Test("without Redis every step fails as unavailable")
  func unavailable() async throws {
    let redis = RedisClient(
      configuration: try RedisConfiguration(url: "redis://127.0.0.1:1"),
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "test"))
    let talks = RedisLiveTalkStore(
      redis: redis, grace: .zero, longest: .minutes(60), limit: BeatRateLimit(interval: 0, burst: 1))
    let person = TalkPerson(talks: talks)
    let session = try person.newSession()
    await #expect(throws: LiveTalkError.unavailable) { _ = try await person.reserve(session) }
    await #expect(throws: LiveTalkError.unavailable) { _ = try await person.beat(session) }
    await #expect(throws: LiveTalkError.unavailable) { try await person.note(.seconds(60), for: session) }
    await #expect(throws: LiveTalkError.unavailable) { _ = try await talks.read(session) }
    await #expect(throws: LiveTalkError.unavailable) { _ = try await talks.hangUp(session, user: nil, .user) }
    await #expect(throws: LiveTalkError.unavailable) { _ = try await talks.current(of: person.user) }
    await #expect(throws: LiveTalkError.unavailable) { try await talks.drop(session) }
    await #expect(throws: LiveTalkError.unavailable) { try await talks.settled(session) }
    await #expect(throws: LiveTalkError.unavailable) {
      _ = try await person.walletChanged(version: 1, available: .zero)
    }
  }

  @Test("beats that arrive in one tick of an event loop have each its own answer")
  func together() async throws {
    try await with { redis, talks, _ in
      var (beats, expected): ([Heartbeat], [String]) = ([], [])
      for number in 0..<150 {
        let person = TalkPerson(talks: talks)
        let session = number % 5 == 4 ? try person.newSession() : try await person.live()
        beats.append(
          Heartbeat(session: session, user: person.user, device: person.device, issuedAt: 1_000, seq: 2))
        switch number % 5 {
        case 1:
          _ = try await talks.hangUp(session, user: nil, .user)
          expected.append("ended")
        case 2:
          try await RedisRevocationCache(redis: redis).revoke(person.device, user: person.user)
          expected.append("revoked")
        case 3:
          // The same beat once more.
          beats.append(beats[beats.count - 1])
          expected += ["accepted", "accepted"]
        case 4: expected.append("not found")
        default: expected.append("accepted")
        }
      }
      #expect(await answers(to: beats, talks) == expected)
      for (beat, expected) in zip(beats, expected) where expected == "accepted" {
        let talk = try #require(try await talks.read(beat.session))
        #expect(talk.beats == 2 && talk.seq == 2 && talk.charged <= .seconds(30))
      }
    }
  }

  @Test("a talk whose record is broken does not refuse the beats that arrive with its own")
  func broken() async throws {
    try await with { redis, talks, person in
      let broken = try await person.live()
      var beats: [Heartbeat] = []
      while beats.count < 3 {
        let other = TalkPerson(talks: talks)
        guard Shard(of: other.user) == broken.shard else { continue }
        let session = try await other.live()
        beats.append(Heartbeat(session: session, user: other.user, device: other.device, issuedAt: 1_000, seq: 2))
      }
      try await redis.send(RedisCommand("SET", RedisArgument(Keyspace.session(broken)), "no record"))
      beats.insert(
        Heartbeat(session: broken, user: person.user, device: person.device, issuedAt: 1_000, seq: 2), at: 1)
      #expect(await answers(to: beats, talks) == ["accepted", "unavailable", "accepted", "accepted"])
    }
  }

  @Test("all of more beats than a call may have are charged, in their order")
  func many() async throws {
    try await with { redis, talks, person in
      let session = try await person.live()
      let beats = (0..<(2 * RedisBeatBatches.largest + 1)).map {
        Heartbeat(session: session, user: person.user, device: person.device, issuedAt: 1_000, seq: Int64($0) + 2)
      }
      #expect(await answers(to: beats, talks) == beats.map { _ in "accepted" })
      #expect(try await person.read(session).beats == Int64(beats.count) + 1)
    }
  }

  /// The outcomes of beats that arrive in one tick of an event loop.
  private func answers(
    to beats: [Heartbeat], _ talks: RedisLiveTalkStore,
    on loop: any EventLoop = MultiThreadedEventLoopGroup.singleton.any()
  ) async -> [String] {
    let answers = Mutex<[Int: String]>([:])
    await withCheckedContinuation { continuation in
      loop.execute {
        for (place, beat) in beats.enumerated() {
          talks.beat(beat) { result in
            let count = answers.withLock { answers in
              #expect(answers.updateValue(Self.name(of: result), forKey: place) == nil)
              return answers.count
            }
            if count == beats.count { continuation.resume() }
          }
        }
      }
    }
    return answers.withLock { answers in beats.indices.map { answers[$0] ?? "" } }
  }

  private static func name(of result: Result<HeartbeatResult, LiveTalkError>) -> String {
    switch result {
    case .success(.accepted): "accepted"
    case .success(.ended): "ended"
    case .success(.limited): "limited"
    case .success(.notFound): "not found"
    case .success(.revoked): "revoked"
    case .success(.unknowable): "unknowable"
    case .failure: "unavailable"
    }
  }

  @Test("the beats of one tick are one call a shard, and of a bounded size")
  func calls() async throws {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    // Replies that no beat has.
    let ones: ScriptedServer.Script = { read, _ in
      String(repeating: "+PONG\r\n", count: ScriptedServer.pings(in: read))
        + String(repeating: ":1\r\n", count: read.components(separatedBy: "EVALSHA").count - 1)
    }
    try await ScriptedServer.with(ones) { server, url in
      let client = RedisClient(
        configuration: try RedisConfiguration(url: url), eventLoopGroup: loop, logger: Logger(label: "test"))
      let running = Task { try await client.run() }
      defer { running.cancel() }
      let first: RedisValue? = await eventually { try? await client.send(RedisCommand("PING")) }
      #expect(first?.string == "PONG")
      let talks = RedisLiveTalkStore(
        redis: client, grace: .zero, longest: .minutes(60), limit: BeatRateLimit(interval: 0, burst: 1))
      let person = TalkPerson(talks: talks)
      let (mine, most) = (try person.newSession(), RedisBeatBatches.largest)
      var sessions = Array(repeating: mine, count: 2 * most + 1)
      for shard in Shard.all where shard != mine.shard {
        let other = try #require(SessionID(shard: shard, random: Array(repeating: 7, count: 16)))
        sessions += [other, other]
      }
      let beats = sessions.map {
        Heartbeat(session: $0, user: person.user, device: person.device, issuedAt: 1_000, seq: nil)
      }
      let before = server.reads.count
      #expect(await answers(to: beats, talks, on: loop) == beats.map { _ in "unavailable" })
      let calls = server.reads.dropFirst(before).joined().components(separatedBy: "EVALSHA").dropFirst()
      // The counts of the keys: two, and two for each beat.
      let sizes = calls.compactMap { $0.firstMatch(of: /\r\n\$\d+\r\n(\d+)\r\n\$\d+\r\ntt:/).flatMap { Int($0.1) } }
      #expect(sizes.sorted() == ([4] + Array(repeating: 6, count: 15) + [2 + 2 * most, 2 + 2 * most]).sorted())
    }
  }

  @Test("the request to drain is stored as it was given, and can be withdrawn")
  func drain() async throws {
    try await with { redis, _, _ in
      let requests = RedisTalkStartPauseStore(redis: redis)
      #expect(try await requests.current() == nil)
      let request = TalkStartPause(
        reason: "a \"move\"", actor: "cli:test", since: Date(timeIntervalSince1970: 1_764_000_000.25))
      try await requests.set(request)
      #expect(try await requests.current() == request)
      try await requests.set(nil)
      #expect(try await requests.current() == nil)
    }
  }
}
