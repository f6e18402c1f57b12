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

/// Many deadlines at once. A benchmark measures how late they are; this suite checks that they are correct.
@Suite("Many simultaneous deadlines", .serialized)
struct DeadlineCrowdTests {
  private static let count = 10_000

  @Test("of 10,000 due talks on two instances, of which one dies, each ends once, charged its grant")
  func crowd() async throws {
    let redis = try await TestTalks.connect(.crowd)
    defer { redis.close() }
    let talks = RedisLiveTalkStore(
      redis: redis.client, grace: .zero, longest: .minutes(60), limit: BeatRateLimit(interval: 0, burst: 1))
    try await RedisRevocationCache(redis: redis.client).fill(with: [], whole: true)
    let grants = try await seat(talks)
    let first = try await Instance()
    let second = try await Instance()
    defer { second.kill() }
    // In the middle of the deadlines.
    _ = await eventually { try? await ends(redis.client).count > Self.count / 4 ? true : nil }
    first.kill()
    let ended = try #require(
      await eventually {
        guard let ends = try? await ends(redis.client), ends.count >= Self.count else { return nil }
        return ends
      } as [TalkEnded]?)
    #expect(ended.count == Self.count && Set(ended.map(\.sessionID)) == Set(grants.keys))
    #expect(ended.allSatisfy { $0.charged == grants[$0.sessionID] && $0.endReason == .exhausted })
    let left = try await redis.client.pipeline(
      Shard.all.map { RedisCommand("ZCARD", RedisArgument(Keyspace.deadlines($0))) })
    #expect(left.allSatisfy { $0.int == 0 })
  }

  /// Creates live talks with a final grant of some milliseconds each.
  private func seat(_ talks: RedisLiveTalkStore) async throws -> [SessionID: TalkTime] {
    try await withThrowingTaskGroup(of: (SessionID, TalkTime).self) { group in
      var grants: [SessionID: TalkTime] = [:]
      for number in 0..<Self.count {
        if number >= 512, let (session, grant) = try await group.next() { grants[session] = grant }
        group.addTask {
          let grant = TalkTime.milliseconds(Int64(1 + number % 1_500))
          let person = TalkPerson(talks: talks)
          let session = try await person.started(granted: grant, isFinal: true)
          _ = try await person.beat(session, seq: 1)
          return (session, grant)
        }
      }
      for try await (session, grant) in group { grants[session] = grant }
      return grants
    }
  }

  private func ends(_ redis: RedisClient) async throws -> [TalkEnded] {
    let replies = try await redis.pipeline(
      Shard.all.map { RedisCommand("XRANGE", RedisArgument(Keyspace.ended($0)), "-", "+") })
    return try replies.flatMap { $0.array ?? [] }.compactMap { entry in
      let json = entry.array?.last?.array?.last?.string
      return try json.flatMap { try EventEnvelope(json: $0)?.event(TalkEnded.self) }
    }
  }
}

/// The deadline work of one instance of the service, with its own connections.
private struct Instance {
  private let redis: RedisClient
  private let tasks: [Task<Void, any Error>]

  init() async throws {
    let redis = TestRedis.client(
      try RedisConfiguration(url: try TestRedis.url(database: TestTalks.Database.crowd.rawValue)))
    self.redis = redis
    let ticker = RedisDueTalkEnder(redis: redis)
    let worker = Worker("deadlines", every: RedisDueTalkEnder.interval, logger: Logger(label: "test")) {
      try await ticker.runOnce() ? .atOnce : .later
    }
    tasks = [Task { try await redis.run() }, Task { try await worker.run() }]
  }

  /// Stops in the middle of its work.
  func kill() {
    for task in tasks { task.cancel() }
    redis.close()
  }
}
