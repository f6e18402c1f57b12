import Application
import Domain
import Fakes
import Foundation
import RedisDriver
import Testing

@testable import RedisAdapter

/// The store in memory and the real one: one suite tests both.
enum TalkStoreKind: String, CaseIterable, Sendable {
  case inMemory, redis

  /// Runs the body with an empty store.
  func with(
    grace: TalkTime = .seconds(30), longest: TalkTime = .minutes(60),
    limit: BeatRateLimit = BeatRateLimit(interval: 0, burst: 1), _ body: (any TalkStore) async throws -> Void
  ) async throws {
    switch self {
    case .inMemory:
      try await body(InMemoryStore(talks: InMemoryLiveTalkStore(grace: grace, longest: longest, limit: limit)))
    case .redis:
      let redis = try await TestTalks.connect(.contracts)
      defer { redis.close() }
      try await body(try await RedisStore(redis.client, grace, longest, limit))
    }
  }
}

/// Live talks with a clock that the test controls.
protocol TalkStore: Sendable {
  associatedtype Talks: LiveTalkStore & LiveTalkIndex & CarePlanSubscriberNotifier
  associatedtype Feed: TalkFeed
  var talks: Talks { get }
  var feed: Feed { get }
  /// Lets time pass, with ticks.
  func advance(_ time: TalkTime) async throws
  /// Lets time pass in which the store cannot be reached.
  func goAway(_ time: TalkTime) async throws
  func restart() async throws
  func ended() async throws -> [TalkEnded]
  func revoke(_ device: DeviceID, of user: UserID) async throws
  func revokeAll(of user: UserID, issuedUpTo second: Int64) async throws
  func loseRevocations() async throws
}

extension TalkStore {
  /// The events of one user's talks.
  func ended(of user: UserID) async throws -> [TalkEnded] { try await ended().filter { $0.userID == user } }
}

private struct InMemoryStore: TalkStore {
  let talks: InMemoryLiveTalkStore
  var feed: InMemoryLiveTalkStore { talks }
  func advance(_ time: TalkTime) { talks.advance(time) }
  func goAway(_ time: TalkTime) { talks.goAway(time) }
  func restart() { talks.restart() }
  func ended() -> [TalkEnded] { talks.ended }
  func revoke(_ device: DeviceID, of user: UserID) { talks.revoke(device, of: user) }
  func revokeAll(of user: UserID, issuedUpTo second: Int64) { talks.revokeAll(of: user, issuedUpTo: second) }
  func loseRevocations() { talks.knowRevocations(false) }
}

private actor RedisStore: TalkStore {
  nonisolated let talks: RedisLiveTalkStore
  nonisolated let feed: RedisTalkFeed
  private let redis: RedisClient
  private let scripts = RedisTalkScripts(wall: Array("local wall = tonumber(redis.call('GET', 'tt:wall'))\n".utf8))
  private let revocations: RedisRevocationCache
  private var wall: Int64 = 1_700_000_000_000
  private var run = 0

  init(_ redis: RedisClient, _ grace: TalkTime, _ longest: TalkTime, _ limit: BeatRateLimit) async throws {
    self.redis = redis
    talks = RedisLiveTalkStore(redis: redis, grace: grace, longest: longest, limit: limit, scripts: scripts)
    feed = RedisTalkFeed(redis: redis, longest: longest, scripts: scripts)
    revocations = RedisRevocationCache(redis: redis)
    try await revocations.fill(with: [], whole: true)
    try await pass(0)
    try await tick()
  }

  func advance(_ time: TalkTime) async throws {
    var left = time.milliseconds
    while left > 0 {
      let step = min(left, 500)
      left -= step
      try await pass(step)
      try await tick()
    }
  }

  func goAway(_ time: TalkTime) async throws { try await pass(time.milliseconds) }

  func restart() { run += 1 }

  func ended() async throws -> [TalkEnded] {
    var events: [TalkEnded] = []
    for shard in Shard.all {
      let entries = try await redis.send(RedisCommand("XRANGE", RedisArgument(Keyspace.ended(shard)), "-", "+"))
      for entry in entries.array ?? [] {
        let fields = try #require(entry.array?.last?.array).map { $0.string ?? "" }
        #expect(fields.first == "event")
        let json = try #require(fields.last)
        let envelope = try #require(EventEnvelope(json: json))
        let event = try #require(try envelope.event(TalkEnded.self))
        #expect(envelope.subject == event.sessionID.text && envelope.id.text == "session.ended:\(event.sessionID)")
        events.append(event)
      }
    }
    return events
  }

  func revoke(_ device: DeviceID, of user: UserID) async throws {
    try await revocations.revoke(device, user: user)
  }

  func revokeAll(of user: UserID, issuedUpTo second: Int64) async throws {
    let all = Revocation(user: user, device: nil, cutoff: Date(timeIntervalSince1970: TimeInterval(second)))
    try await revocations.fill(with: [all], whole: false)
  }

  func loseRevocations() async throws {
    for shard in Shard.all { try await redis.send(RedisCommand("DEL", RedisArgument(Keyspace.revocations(shard)))) }
  }

  private func pass(_ milliseconds: Int64) async throws {
    wall += milliseconds
    try await redis.send(RedisCommand("SET", "tt:wall", RedisArgument(wall)))
  }

  private func tick() async throws {
    let arguments = [RedisArgument("run-\(run)"), "100"]
    for shard in Shard.all {
      _ = try await redis.run(scripts.tick, keys: [Keyspace.deadlines(shard)], arguments: arguments)
    }
  }
}
