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
      let group = try #require(report.groups.first)
      #expect(report.length == 3 && report.groups.count == 1)
      #expect(group.name == "group" && group.pending == 1 && group.lag == 2)
      #expect(reports.filter { $0.name != stream }.allSatisfy { $0.length == 0 && $0.groups.isEmpty })
    }
  }

  /// Adds an entry that is as old as this.
  private func add(_ redis: RedisClient, _ stream: String, ago: Duration, _ text: String = "{}") async throws {
    let moment = Int64(Date().timeIntervalSince1970 * 1_000) - Int64(ago / .milliseconds(1))
    try await redis.send(
      RedisCommand("XADD", RedisArgument(stream), RedisArgument("\(moment)-0"), "event", RedisArgument(text)))
  }

  @Test("a group is behind by the age of the oldest entry that it has not acknowledged, delivered or not")
  func behind() async throws {
    try await with { redis, administration in
      let stream = Keyspace.events(.billing)
      let key = RedisArgument(stream)
      for age in [600, 60, 6] { try await add(redis, stream, ago: .seconds(age)) }
      for group in ["all", "one", "none"] {
        try await redis.send(RedisCommand("XGROUP", "CREATE", key, RedisArgument(group), "0"))
      }
      func read(_ group: String, _ count: Int) async throws -> [String] {
        let reply = try await redis.send(
          RedisCommand(
            "XREADGROUP", "GROUP", RedisArgument(group), "c", "COUNT", RedisArgument(count), "STREAMS", key, ">"))
        return StreamEntry.all(reply.array?.first?.array?.last ?? .null).map(\.id)
      }
      for id in try await read("all", 3) {
        try await redis.send(RedisCommand("XACK", key, "all", RedisArgument(id)))
      }
      let ids = try await read("one", 2)
      try await redis.send(RedisCommand("XACK", key, "one", RedisArgument(try #require(ids.first))))
      let groups = try #require(try await administration.streams().first { $0.name == stream }).groups
      func group(_ name: String) throws -> StreamReport.Group { try #require(groups.first { $0.name == name }) }
      #expect(try group("all").behind == .zero && group("all").oldestPending == nil)
      func isNear(_ duration: Duration?, _ seconds: Int) -> Bool {
        duration.map { abs($0 / .seconds(1) - Double(seconds)) < 5 } ?? false
      }
      #expect(try isNear(group("one").behind, 60) && isNear(group("one").oldestPending, 60))
      #expect(try isNear(group("none").behind, 600) && group("none").oldestPending == nil)
    }
  }

  @Test("the way of an event is each group's state of each of its entries, and its dead letters")
  func trace() async throws {
    try await with { redis, administration in
      let stream = Keyspace.events(.identity)
      let key = RedisArgument(stream)
      let (event, other) = (try StreamStage.envelope(), try StreamStage.envelope())
      var ids: [StreamEntryID] = []
      for text in [other.json, event.json, other.json, event.json] {
        let id = try await redis.send(RedisCommand("XADD", key, "*", "event", RedisArgument(text))).string
        ids.append(try #require(id.flatMap { StreamEntryID($0) }))
      }
      for group in ["task", "session.accounts"] {
        try await redis.send(RedisCommand("XGROUP", "CREATE", key, RedisArgument(group), "0"))
      }
      for (group, count) in [("task", 2), ("session.accounts", 4)] {
        try await redis.send(
          RedisCommand(
            "XREADGROUP", "GROUP", RedisArgument(group), "c", "COUNT", RedisArgument(count), "STREAMS", key, ">"))
      }
      try await redis.send(RedisCommand("XACK", key, "session.accounts", RedisArgument(ids[1].description)))
      let letter = try await bury(
        redis, "identity", ["stream": stream, "group": "task", "error": "refused", "event": event.json])
      _ = try await bury(
        redis, "identity", ["stream": stream, "group": "task", "error": "refused", "event": other.json])
      for (entry, publishedAt) in [(ids[1], nil), (nil, Date()), (nil, nil)] as [(StreamEntryID?, Date?)] {
        let found = try await administration.deliveries(
          of: event.id, from: .context(.identity), entry: entry, publishedAt: publishedAt)
        func states(_ entry: StreamEntryID) -> [String: String] {
          Dictionary(
            uniqueKeysWithValues: found.deliveries.filter { $0.entry == entry }.map { delivery in
              switch delivery.state {
              case .pending(let consumer, _, let deliveries): (delivery.group, "\(consumer) \(deliveries)")
              case .undelivered: (delivery.group, "undelivered")
              case .acknowledged: (delivery.group, "acknowledged")
              case .forgotten: (delivery.group, "forgotten")
              case .missingGroup: (delivery.group, "missing")
              }
            })
        }
        #expect(found.deliveries.count == 6)
        #expect(
          states(ids[1]) == ["task": "c 1", "session.accounts": "acknowledged", "billing.accounts": "missing"])
        #expect(
          states(ids[3]) == ["task": "undelivered", "session.accounts": "c 1", "billing.accounts": "missing"])
        #expect(found.deadLetters.map(\.id) == [letter])
      }
      let none = try await administration.deliveries(
        of: EventID(UUID()), from: .context(.identity), entry: nil, publishedAt: nil)
      #expect(none.deliveries.isEmpty && none.deadLetters.isEmpty)
    }
  }

  /// Trimmed unread, or lost in a failover: the group's place is beyond the entry or before it, and tells nothing.
  @Test("of an event that its stream has forgotten, no group is said to have handled it", arguments: ["$", "0"])
  func forgotten(place: String) async throws {
    try await with { redis, administration in
      let stream = Keyspace.events(.talk)
      let key = RedisArgument(stream)
      let event = try StreamStage.envelope()
      let reply = try await redis.send(RedisCommand("XADD", key, "*", "event", RedisArgument(event.json)))
      let id = try #require(reply.string.flatMap { StreamEntryID($0) })
      try await redis.send(RedisCommand("XGROUP", "CREATE", key, "task", RedisArgument(place)))
      try await redis.send(RedisCommand("XTRIM", key, "MAXLEN", "0"))
      let found = try await administration.deliveries(
        of: event.id, from: .context(.talk), entry: id, publishedAt: Date())
      #expect(found.deliveries.map(\.state) == [.forgotten] && found.deliveries.map(\.entry) == [id])
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
