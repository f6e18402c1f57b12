import Application
import Foundation
import Logging
import RedisDriver
import Testing

@testable import RedisAdapter

@Suite("The consumer of a stream")
struct StreamConsumerTests {
  struct Broken: Error, CustomStringConvertible {
    var description: String { "it broke" }
  }
  struct Away: Error {}

  @Test("a consumer handles each event once, in its order, and acknowledges it")
  func once() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let events = try (0..<100).map { _ in try StreamStage.envelope() }
      // Some entries before the group exists, some while it reads.
      try await stage.add(Array(events[..<40]))
      try await stage.consuming(handler: { deliveries.note($0) }) {
        try await stage.add(Array(events[40...]))
        try await until { try await stage.isDone() }
      }
      #expect(deliveries.all == events)
      #expect(try await stage.deadLetters().isEmpty)
    }
  }

  @Test("consumers of a group share its events, and each group gets all events")
  func groups() async throws {
    try await StreamStage.with { stage in
      let (one, two, other) = (Deliveries(), Deliveries(), Deliveries())
      let events = try (0..<200).map { _ in try StreamStage.envelope() }
      try await stage.consuming(as: "one", handler: { one.note($0) }) {
        try await stage.consuming(as: "two", handler: { two.note($0) }) {
          try await stage.consuming(group: "other", handler: { other.note($0) }) {
            try await stage.add(events)
            try await until {
              guard try await stage.isDone() else { return false }
              return try await stage.isDone("other")
            }
          }
        }
      }
      #expect((one.ids + two.ids).sorted() == events.map(\.id.text).sorted())
      #expect(other.all == events)
    }
  }

  @Test("a group that hangs holds up no other group")
  func slow() async throws {
    try await StreamStage.with { stage in
      let (slow, quick) = (Deliveries(), Deliveries())
      // Before anybody reads, so that the first read is a whole page.
      let events = try await stage.add(200).events
      try await stage.consuming(group: "slow", handler: slow.hanging) {
        try await stage.consuming(group: "quick", handler: { quick.note($0) }) {
          try await until { try await stage.isDone("quick") }
          try await until { slow.all.count == 1 }
        }
      }
      #expect(quick.all == events && slow.all == [events[0]])
      #expect(try await stage.pending("slow") == 32)
    }
  }

  @Test(
    "a group that is new, or was away for a day, gets all that nobody else needs any more", arguments: [true, false])
  func late(isNew: Bool) async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let events = try (0..<100).map { _ in try StreamStage.envelope() }
      let day = Int64(Date().timeIntervalSince1970 * 1_000) - 86_400_000
      if !isNew {
        try await stage.redis.send(
          RedisCommand("XGROUP", "CREATE", RedisArgument(stage.stream), "late", "0", "MKSTREAM"))
      }
      for (number, event) in events.enumerated() {
        try await stage.redis.send(
          RedisCommand(
            "XADD", RedisArgument(stage.stream), RedisArgument("\(day + Int64(number))-0"), "event",
            RedisArgument(event.json)))
      }
      try await stage.consuming(handler: { _ in }) { try await until { try await stage.isDone() } }
      let trimmer = StreamTrimmer(
        redis: stage.redis,
        streams: [.init(key: stage.stream, readers: ["group", "late"], retention: Retention.streams)],
        logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
      try await trimmer.round()
      try await stage.consuming(group: "late", handler: { deliveries.note($0) }) {
        try await until { try await stage.isDone("late") }
      }
      #expect(deliveries.all == events)
      // Now that both groups have read them, they go.
      try await trimmer.round()
      #expect(try await stage.redis.send(RedisCommand("XLEN", RedisArgument(stage.stream))).int == 0)
    }
  }

  @Test("an event whose handling hangs is left pending after a time limit, and those behind it are handled")
  func hangingFirst() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let events = try await stage.add(3).events
      let work: StreamConsumer.Handler = { event in
        deliveries.note(event)
        if event == events[0] { try await Task.sleep(for: .seconds(600)) }
      }
      try await stage.consuming(patience: .milliseconds(100), handler: work) {
        try await until { Set(deliveries.ids).count == 3 }
        try await until { try await stage.pending() == 1 }
      }
      #expect(try await stage.deadLetters().isEmpty)
    }
  }

  @Test("a consumer makes its group anew and goes on after Redis came back empty")
  func emptied() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let events = try (0..<2).map { _ in try StreamStage.envelope() }
      try await stage.consuming(handler: { deliveries.note($0) }) {
        try await stage.add([events[0]])
        try await until { try await stage.isDone() }
        try await stage.redis.send(RedisCommand("DEL", RedisArgument(stage.stream)))
        try await stage.add([events[1]])
        try await until { deliveries.ids.contains(events[1].id.text) }
        try await until { try await stage.isDone() }
      }
      #expect(deliveries.all == events)
    }
  }
}
