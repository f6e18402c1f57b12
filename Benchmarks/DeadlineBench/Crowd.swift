import Application
import Domain
import Foundation
import RedisAdapter
import RedisDriver

/// Many live talks, each with a final grant. Their deadlines are read from Redis.
struct Crowd: Sendable {
  private let redis: RedisClient
  private let talks: RedisLiveTalkStore

  init(redis: RedisClient) {
    self.redis = redis
    talks = RedisLiveTalkStore(
      redis: redis, grace: .seconds(30), longest: .minutes(60), limit: BeatRateLimit(interval: 0, burst: 1))
  }

  /// Creates talks whose first beat was at about the same time.
  func seat(_ count: Int, lasting: @escaping @Sendable (Int) -> TalkTime) async throws {
    try await RedisRevocationCache(redis: redis).fill(with: [], whole: true)
    let people = (0..<count).map { _ in UserID(UUID()) }
    let sessions = people.compactMap { user in
      SessionID(shard: Shard(of: user), random: (0..<16).map { _ in UInt8.random(in: 0...255) })
    }
    let talks = talks
    try await inParallel(count) { number in
      _ = try await talks.reserve(
        LiveTalkReservation(
          session: sessions[number], user: people[number], available: .zero, walletVersion: 1, takeOver: false))
      _ = try await talks.note(Self.grant(lasting(number), version: 2), for: sessions[number])
    }
    try await inParallel(count) { number in
      _ = try await talks.beat(
        Heartbeat(
          session: sessions[number], user: people[number], device: DeviceID(UUID()), issuedAt: 1, seq: 1))
    }
  }

  /// The deadline of each session, in milliseconds of Redis's clock. Shard time equals that clock while nothing is
  /// skipped.
  func deadlines() async throws -> [String: Int64] {
    let replies = try await redis.pipeline(
      Shard.all.map { RedisCommand("ZRANGE", RedisArgument(Keyspace.deadlines($0)), "0", "-1", "WITHSCORES") })
    var found: [String: Int64] = [:]
    for words in replies.map({ $0.array ?? [] }) {
      for index in stride(from: 0, to: words.count - 1, by: 2) {
        found[words[index].string ?? ""] = words[index + 1].string.flatMap { Int64($0) }
      }
    }
    return found
  }

  /// Grants each talk additional time so that all of them end at the same moment.
  func alignDeadlines() async throws -> [String: Int64] {
    let before = try await deadlines()
    let moment = before.values.max() ?? 0
    let entries = Array(before)
    let talks = talks
    try await inParallel(entries.count) { number in
      guard let session = SessionID(entries[number].key), let talk = try await talks.read(session) else { return }
      let more = TalkTime.milliseconds(moment - entries[number].value)
      _ = try await talks.note(Self.grant(talk.granted + more, version: 3), for: session)
    }
    return try await deadlines()
  }

  /// The time at which each session's end was written, in milliseconds of Redis's clock. Waits for all of them.
  func ends(of count: Int) async throws -> [String: Int64] {
    let patience = ContinuousClock.now + .seconds(30)
    while try await deadlines().isEmpty == false, ContinuousClock.now < patience {
      try await Task.sleep(for: .milliseconds(200))
    }
    let replies = try await redis.pipeline(
      Shard.all.map { RedisCommand("XRANGE", RedisArgument(Keyspace.ended($0)), "-", "+") })
    var ends: [String: Int64] = [:]
    for entry in replies.flatMap({ $0.array ?? [] }) {
      guard let id = entry.array?.first?.string?.split(separator: "-").first,
        let json = entry.array?.last?.array?.last?.string,
        let ended = try EventEnvelope(json: json)?.event(TalkEnded.self)
      else { continue }
      ends[ended.sessionID.text] = Int64(id)
    }
    return ends
  }

  private static func grant(_ time: TalkTime, version: Int64) -> SliceGrant {
    SliceGrant(cumulative: time, slice: 1, walletVersion: version, available: .zero, isFinal: true)
  }

  private func inParallel(_ count: Int, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<count {
        if number >= 512 { try await group.next() }
        group.addTask { try await body(number) }
      }
      try await group.waitForAll()
    }
  }
}
