import Application
import Domain
import Foundation
import RedisDriver
import Testing

@testable import RedisAdapter

@Suite("Streams and dead letters as an operator sees them", .serialized)
struct StreamAdministrationTests {
  private func with(_ body: (RedisClient, RedisStreamAdministration) async throws -> Void) async throws {
    let redis = try await TestTalks.connect(.streams)
    defer { redis.close() }
    try await body(redis.client, RedisStreamAdministration(redis: redis.client))
  }

  private func bury(_ redis: RedisClient, _ list: String, _ fields: [String: String]) async throws -> DeadLetterID {
    let words = fields.flatMap { [RedisArgument($0.key), RedisArgument($0.value)] }
    let reply = try await redis.send(
      RedisCommand([RedisArgument("XADD"), RedisArgument(Keyspace.deadLetters(list)), "*"] + words))
    return DeadLetterID(list: list, entry: try #require(reply.string))
  }

  @Test("every stream is listed with its groups and their pending and undelivered events")
  func streams() async throws {
    try await with { redis, administration in
      let stream = Keyspace.events(.billing)
      let key = RedisArgument(stream)
      for _ in 0..<3 { try await redis.send(RedisCommand("XADD", key, "*", "event", "{}")) }
      try await redis.send(RedisCommand("XGROUP", "CREATE", key, "group", "0"))
      try await redis.send(
        RedisCommand("XREADGROUP", "GROUP", "group", "one", "COUNT", "1", "STREAMS", key, ">"))
      let reports = try await administration.streams()
      #expect(reports.count == BoundedContext.allCases.count + Shard.count)
      let report = try #require(reports.first { $0.name == stream })
      #expect(report.length == 3 && report.groups == [.init(name: "group", pending: 1, lag: 2)])
      #expect(reports.filter { $0.name != stream }.allSatisfy { $0.length == 0 && $0.groups.isEmpty })
    }
  }

  @Test("dead letters are listed by stream, page by page, with the names of their events")
  func letters() async throws {
    try await with { redis, administration in
      var ids: [DeadLetterID] = []
      for list in ["ended", "billing"] {
        for number in 0..<3 {
          let event = try StreamStage.envelope("\(list)-\(number)")
          ids.append(
            try await bury(
              redis, list,
              ["stream": Keyspace.events(.billing), "group": "g", "error": "refused", "event": event.json]))
        }
      }
      ids.append(try await bury(redis, "tasks", ["stream": "s", "group": "g", "error": "not an event", "event": "x"]))
      var found: [DeadLetter] = []
      while true {
        let page = try await administration.deadLetters(after: found.last?.id, limit: 2)
        if page.isEmpty { break }
        found += page
      }
      #expect(found.map(\.id) == ids)
      #expect(
        found.first?.type == "test.happened" && found.first?.eventID == "ended-0" && found.first?.error == "refused")
      #expect(found.last?.type == nil && found.last?.error == "not an event")
      #expect(abs(try #require(found.first).buriedAt.timeIntervalSinceNow) < 60)
    }
  }

  @Test("a replayed letter is in its stream again and no longer in its list")
  func replay() async throws {
    try await with { redis, administration in
      let shard = try #require(Shard(3))
      let stream = Keyspace.ended(shard)
      let event = try StreamStage.envelope()
      let id = try await bury(redis, "ended", ["stream": stream, "group": "g", "error": "e", "event": event.json])
      #expect(try await administration.replay(id))
      let entries = StreamEntry.all(try await redis.send(RedisCommand("XRANGE", RedisArgument(stream), "-", "+")))
      #expect(entries.map(\.event) == [event])
      #expect(try await administration.deadLetters(after: nil, limit: 5).isEmpty)
      #expect(try await administration.replay(id) == false)
      #expect(try await redis.send(RedisCommand("XLEN", RedisArgument(stream))).int == 1)
    }
  }

  @Test("nothing is written to a stream that is not ours")
  func foreign() async throws {
    try await with { redis, administration in
      let id = try await bury(redis, "ended", ["stream": "elsewhere", "group": "g", "error": "e", "event": "{}"])
      #expect(try await administration.replay(id) == false)
      #expect(try await administration.replay(DeadLetterID(list: "nowhere", entry: "1-1")) == false)
      #expect(try await redis.send(RedisCommand("EXISTS", "elsewhere")).int == 0)
      #expect(try await administration.deadLetters(after: nil, limit: 5).map(\.id) == [id])
    }
  }

  @Test("a letter's name is read as it is written", arguments: ["ended-1764000000000-0", "tasks-1-17"])
  func names(text: String) throws {
    #expect(try #require(DeadLetterID(text)).description == text)
  }

  @Test(
    "an invalid letter name is refused",
    arguments: ["", "ended", "ended-1", "-1-1", "ended-1-1 ", "Ended-1-1", "ended-a-1", "a:b-1-1"])
  func noNames(text: String) { #expect(DeadLetterID(text) == nil) }
}
