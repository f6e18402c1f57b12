import Application
import Domain
import Foundation
import Logging
import RedisDriver
import TestInfrastructure
import Testing

@testable import RedisAdapter

@Suite("Trimming the streams")
struct StreamTrimmerTests {
  private struct Stage {
    let redis: RedisClient
    let key = TestRedis.key("trimmed")
    var name: RedisArgument { RedisArgument(key) }

    /// Adds entries with the given age, a millisecond apart.
    func add(_ count: Int, ago: Duration, text: String = "{}") async throws {
      let first = Int64(Date().timeIntervalSince1970 * 1_000) - Int64(ago / .milliseconds(1))
      let commands = (0..<count).map { number in
        RedisCommand("XADD", name, RedisArgument("\(first + Int64(number))-0"), "event", RedisArgument(text))
      }
      for reply in try await redis.pipeline(commands) { _ = try #require(reply.string) }
    }

    func group(_ group: String) async throws {
      try await redis.send(RedisCommand("XGROUP", "CREATE", name, RedisArgument(group), "0"))
    }

    /// - Returns: the entries' ids.
    @discardableResult
    func read(_ group: String, _ count: Int, acknowledging: Bool = true) async throws -> [String] {
      let reply = try await redis.send(
        RedisCommand(
          "XREADGROUP", "GROUP", RedisArgument(group), "c", "COUNT", RedisArgument(count), "STREAMS", name, ">"))
      let ids = StreamEntry.all(reply.array?.first?.array?[1] ?? .null).map(\.id)
      if acknowledging {
        try await redis.send(RedisCommand([RedisArgument("XACK"), name, RedisArgument(group)] + ids.map { .init($0) }))
      }
      return ids
    }

    func trim(readers: Set<String>?, retention: StreamRetention = Retention.streams) async throws {
      let trimmer = StreamTrimmer(
        redis: redis, streams: [.init(key: key, readers: readers, retention: retention)],
        logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
      try await trimmer.round()
    }

    var length: Int64 {
      get async throws { try #require(try await redis.send(RedisCommand("XLEN", name)).int) }
    }
  }

  private func with(_ body: @Sendable (Stage) async throws -> Void) async throws {
    try await TestRedis.with { redis in
      let stage = Stage(redis: redis)
      try await body(stage)
      try await redis.send(RedisCommand("DEL", stage.name))
    }
  }

  @Test("entries that all groups have acknowledged are removed, pending and unread ones stay")
  func acknowledged() async throws {
    try await with { stage in
      try await stage.add(5_000, ago: .seconds(3_600))
      for group in ["a", "b"] { try await stage.group(group) }
      try await stage.read("a", 5_000)
      try await stage.trim(readers: ["a", "b"])
      #expect(try await stage.length == 5_000)
      try await stage.read("b", 2_000)
      let held = try await stage.read("b", 1, acknowledging: false)
      try await stage.read("b", 2_999)
      try await stage.trim(readers: ["a", "b"])
      #expect(try await stage.length == 3_000)
      try await stage.redis.send(RedisCommand("XACK", stage.name, "b", RedisArgument(held.first ?? "")))
      try await stage.trim(readers: ["a", "b"])
      // The last entry too: if it stayed, it would later count as an old entry that a group had missed.
      #expect(try await stage.length == 0)
      // The progress of each group is still known.
      let groups = try await stage.redis.send(RedisCommand("XINFO", "GROUPS", stage.name)).array ?? []
      #expect(groups.map { RedisReplyFields($0)["lag"]?.int } == [0, 0])
    }
  }

  @Test("a stream whose reader's group does not exist yet loses only entries that are too old")
  func missingGroup() async throws {
    try await with { stage in
      try await stage.add(10, ago: .seconds(8 * 86_400))
      try await stage.add(10, ago: .seconds(3_600))
      try await stage.group("a")
      try await stage.read("a", 20)
      try await stage.trim(readers: ["a", "b"])
      #expect(try await stage.length == 10)
    }
  }

  @Test("after seven days an entry is removed, even if a group still has to read it", arguments: [true, false])
  func old(hasGroup: Bool) async throws {
    try await with { stage in
      try await stage.add(3_000, ago: .seconds(7 * 86_400 + 60))
      try await stage.add(7, ago: .seconds(7 * 86_400 - 60))
      if hasGroup {
        try await stage.group("a")
        try await stage.read("a", 1, acknowledging: false)
      }
      try await stage.trim(readers: ["a"])
      #expect(try await stage.length == 7)
    }
  }

  @Test("a stream never exceeds its memory limit; the latest entries stay")
  func size() async throws {
    try await with { stage in
      try await stage.add(3_000, ago: .seconds(60), text: String(repeating: "x", count: 450))
      func bytes() async throws -> Int64 {
        try await stage.redis.send(RedisCommand("MEMORY", "USAGE", stage.name)).int ?? 0
      }
      #expect(try await bytes() > 500_000)
      let last = try await stage.redis.send(RedisCommand("XREVRANGE", stage.name, "+", "-", "COUNT", "1"))
      try await stage.trim(readers: ["a"], retention: .init(age: .seconds(86_400), bytes: 500_000))
      #expect(try await bytes() <= 500_000)
      #expect(try await stage.length > 500)
      #expect(try await stage.redis.send(RedisCommand("XREVRANGE", stage.name, "+", "-", "COUNT", "1")) == last)
    }
  }

  @Test("dead letters stay for two weeks")
  func deadLetters() async throws {
    try await with { stage in
      try await stage.add(3, ago: .seconds(14 * 86_400 + 60))
      try await stage.add(2, ago: .seconds(14 * 86_400 - 60))
      try await stage.trim(readers: nil, retention: Retention.deadLetters)
      #expect(try await stage.length == 2)
    }
  }

  @Test("every stream that the services write is trimmed")
  func everyStream() {
    let keys = Set(StreamTrimmer.all.map(\.key))
    #expect(keys.count == StreamTrimmer.all.count)
    #expect(keys.isSuperset(of: RedisStreamAdministration.streams))
    #expect(keys.isSuperset(of: RedisStreamAdministration.lists.map(Keyspace.deadLetters)))
  }
}
