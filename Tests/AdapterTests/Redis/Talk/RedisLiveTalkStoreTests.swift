import Application
import Domain
import Foundation
import Logging
import NIOPosix
import RedisDriver
import Runtime
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
