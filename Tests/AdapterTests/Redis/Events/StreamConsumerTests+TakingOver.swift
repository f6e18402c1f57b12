import Application
import Foundation
import RedisDriver
import TestInfrastructure
import Testing

@testable import RedisAdapter

/// What a dead or silent consumer has left.
extension StreamConsumerTests {
  @Test("a consumer takes over the events of a dead one, once that has been silent long enough")
  func takeOver() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let events = try await stage.add(3).events
      let died = ContinuousClock.now
      try await stage.dieWithAll()
      #expect(try await stage.pending() == 3)
      // Less than a second, which must not be rounded to zero.
      try await stage.consuming(as: "two", takeOverAfter: .milliseconds(900), handler: { deliveries.note($0) }) {
        try await until { try await stage.isDone() }
      }
      #expect(deliveries.all == events)
      #expect(ContinuousClock.now - died >= .milliseconds(900))
    }
  }

  @Test("a consumer leaves alone the events that another one works on")
  func alive() async throws {
    try await StreamStage.with { stage in
      let (one, two) = (Deliveries(), Deliveries())
      let events = try (0..<2).map { _ in try StreamStage.envelope() }
      try await stage.add([events[0]])
      let work: StreamConsumer.Handler = { event in
        one.note(event)
        // Busy until the other consumer has checked for abandoned entries and had work.
        _ = await eventually { two.all.isEmpty ? nil : true }
      }
      try await stage.consuming(as: "one", takeOverAfter: .seconds(60), handler: work) {
        try await until { one.all.count == 1 }
        try await stage.consuming(as: "two", takeOverAfter: .seconds(60), handler: { two.note($0) }) {
          try await stage.add([events[1]])
          try await until { try await stage.isDone() }
        }
      }
      #expect(one.all == [events[0]] && two.all == [events[1]])
    }
  }

  @Test("a consumer is not taken for dead while it works, however long that lasts")
  func busy() async throws {
    try await StreamStage.with { stage in
      let (one, two) = (Deliveries(), Deliveries())
      let events = try (0..<2).map { _ in try StreamStage.envelope() }
      try await stage.add([events[0]])
      let work: StreamConsumer.Handler = { event in
        one.note(event)
        _ = await eventually { two.all.isEmpty ? nil : true }
      }
      let takeOverAfter = Duration.milliseconds(900)
      try await stage.consuming(as: "one", takeOverAfter: takeOverAfter, handler: work) {
        try await until { one.all.count == 1 }
        // The work takes longer than the time after which another consumer claims entries.
        let taken = ContinuousClock.now
        try await until { ContinuousClock.now - taken > takeOverAfter * 2 }
        try await stage.consuming(as: "two", takeOverAfter: takeOverAfter, handler: { two.note($0) }) {
          // A consumer claims abandoned entries before it reads new ones.
          try await stage.add([events[1]])
          try await until { try await stage.isDone() }
        }
      }
      #expect(one.all == [events[0]] && two.all == [events[1]])
    }
  }

  @Test("an event whose handling hangs is left to other consumers after a time limit")
  func hanging() async throws {
    try await StreamStage.with { stage in
      let (one, two) = (Deliveries(), Deliveries())
      let event = try await stage.addOne()
      try await stage.consuming(
        as: "one", takeOverAfter: .milliseconds(300), patience: .milliseconds(10), handler: one.hanging
      ) {
        try await until { one.all.count == 1 }
        try await stage.consuming(as: "two", takeOverAfter: .milliseconds(300), handler: { two.note($0) }) {
          try await until { try await stage.isDone() }
        }
      }
      #expect(two.all == [event])
    }
  }

  private func names(_ stage: StreamStage) async throws -> [String] {
    let reply = try await stage.redis.send(
      RedisCommand("XINFO", "CONSUMERS", RedisArgument(stage.stream), "group"))
    return (reply.array ?? []).compactMap { RedisReplyFields($0)["name"]?.string }.sorted()
  }

  @Test("of fifty killed consumers no name is left, and their pending events are handled first")
  func killed() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let events = try await stage.add(25).events
      let stream = RedisArgument(stage.stream)
      try await stage.redis.send(RedisCommand("XGROUP", "CREATE", stream, "group", "0"))
      // Every other consumer had work.
      for number in 0..<50 {
        try await stage.redis.send(
          RedisCommand(
            "XREADGROUP", "GROUP", "group", RedisArgument("killed-\(number)"), "COUNT", "1", "STREAMS", stream,
            number % 2 == 0 ? ">" : "0"))
      }
      #expect(try await names(stage).count == 50)
      try await stage.consuming(
        as: "new", takeOverAfter: .milliseconds(300), forgetAfter: .milliseconds(600),
        handler: { deliveries.note($0) }
      ) {
        try await until { try await stage.isDone() }
        try await until { try await names(stage) == ["new"] }
      }
      #expect(Set(deliveries.ids) == Set(events.map(\.id.text)) && deliveries.all.count == 25)
      // A consumer that shuts down in order deletes its name.
      try await until { try await names(stage) == [] }
    }
  }

  @Test("a consumer that ends gives back its pending events, for others to take at once")
  func givesBack() async throws {
    try await StreamStage.with { stage in
      let (one, two) = (Deliveries(), Deliveries())
      let event = try await stage.addOne()
      try await stage.consuming(as: "one", takeOverAfter: .seconds(600), handler: one.hanging) {
        try await until { one.all.count == 1 }
      }
      try await stage.consuming(
        as: "two", takeOverAfter: .seconds(600), forgetAfter: .milliseconds(600), handler: { two.note($0) }
      ) {
        try await until { try await stage.isDone() }
        try await until { try await names(stage) == ["two"] }
      }
      #expect(two.all == [event])
    }
  }

  @Test("a consumer begins with its pending events from before its restart, however old they are")
  func restarted() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let events = try await stage.add(70).events
      try await stage.dieWithAll()
      try await stage.consuming(as: "one", takeOverAfter: .seconds(600), handler: { deliveries.note($0) }) {
        try await until { try await stage.isDone() }
      }
      #expect(deliveries.all == events)
    }
  }

  @Test("what a dead consumer left is found behind any number of events that others work on")
  func behindOthers() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let (events, ids) = try await stage.add(5_003)
      try await stage.dieWithAll()
      for start in stride(from: 0, to: 5_000, by: 500) {
        try await stage.claim(Array(ids[start..<start + 500]), by: "busy", idle: .zero, attempts: 1)
      }
      try await stage.claim(Array(ids[5_000...]), attempts: 1)
      try await stage.consuming(as: "two", takeOverAfter: .seconds(300), handler: { deliveries.note($0) }) {
        try await until { deliveries.all.count == 3 }
        try await until { try await stage.pending() == 5_000 }
      }
      #expect(deliveries.all == Array(events[5_000...]))
    }
  }

  @Test("a consumer finds its own pending events behind those that were trimmed meanwhile")
  func behindTrimmed() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let (events, ids) = try await stage.add(70)
      try await stage.dieWithAll()
      try await stage.redis.send(
        RedisCommand([RedisArgument("XDEL"), RedisArgument(stage.stream)] + ids[..<64].map { RedisArgument($0) }))
      try await stage.consuming(as: "one", takeOverAfter: .seconds(600), handler: { deliveries.note($0) }) {
        try await until { try await stage.pending() == 0 }
      }
      #expect(deliveries.all == Array(events[64...]))
    }
  }

  @Test("a consumer that is stopped in the middle of an event leaves it to the next run")
  func stopped() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let event = try await stage.addOne()
      try await stage.consuming(handler: deliveries.hanging) { try await until { deliveries.all.count == 1 } }
      #expect(try await stage.pending() == 1)
      #expect(try await stage.deadLetters().isEmpty)
      try await stage.consuming(handler: { deliveries.note($0) }) { try await until { try await stage.isDone() } }
      #expect(deliveries.all == [event, event])
    }
  }
}
