import Application
import Foundation
import Logging
import RedisDriver
import Synchronization
import TestInfrastructure
import Testing

@testable import RedisAdapter

@Suite("The consumer of a stream")
struct StreamConsumerTests {
  private struct Broken: Error, CustomStringConvertible {
    var description: String { "it broke" }
  }
  private struct Away: Error {}

  private func until(_ condition: () async throws -> Bool) async throws {
    let held: Bool? = try await eventually { try await condition() ? true : nil }
    #expect(held == true)
  }

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

  @Test("a consumer takes over the events of a dead one, once that has been silent long enough")
  func takeOver() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let events = try (0..<3).map { _ in try StreamStage.envelope() }
      try await stage.add(events)
      let died = ContinuousClock.now
      try await dieWithAll(stage)
      #expect(try await stage.pending() == 3)
      // Less than a second, which must not be rounded to zero.
      try await stage.consuming(as: "two", takeOverAfter: .milliseconds(900), handler: { deliveries.note($0) }) {
        try await until { try await stage.isDone() }
      }
      #expect(deliveries.all == events)
      #expect(ContinuousClock.now - died >= .milliseconds(900))
    }
  }

  /// Receives all entries as `one`, and never acknowledges them.
  private func dieWithAll(_ stage: StreamStage) async throws {
    let stream = RedisArgument(stage.stream)
    try await stage.redis.send(RedisCommand("XGROUP", "CREATE", stream, "group", "0"))
    try await stage.redis.send(RedisCommand("XREADGROUP", "GROUP", "group", "one", "STREAMS", stream, ">"))
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

  @Test("a group that hangs holds up no other group")
  func slow() async throws {
    try await StreamStage.with { stage in
      let (slow, quick) = (Deliveries(), Deliveries())
      let events = try (0..<200).map { _ in try StreamStage.envelope() }
      let hang: StreamConsumer.Handler = { event in
        slow.note(event)
        try await Task.sleep(for: .seconds(600))
      }
      // Before anybody reads, so that the first read is a whole page.
      try await stage.add(events)
      try await stage.consuming(group: "slow", handler: hang) {
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
      let event = try StreamStage.envelope()
      try await stage.add([event])
      let work: StreamConsumer.Handler = { event in
        one.note(event)
        try await Task.sleep(for: .seconds(600))
      }
      try await stage.consuming(
        as: "one", takeOverAfter: .milliseconds(300), patience: .milliseconds(10), handler: work
      ) {
        try await until { one.all.count == 1 }
        try await stage.consuming(as: "two", takeOverAfter: .milliseconds(300), handler: { two.note($0) }) {
          try await until { try await stage.isDone() }
        }
      }
      #expect(two.all == [event])
    }
  }

  @Test("an event whose handling hangs is left pending after a time limit, and those behind it are handled")
  func hangingFirst() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let events = try (0..<3).map { _ in try StreamStage.envelope() }
      try await stage.add(events)
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

  @Test("an event whose handling hangs each time goes to the dead letters")
  func hangingAlways() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let event = try StreamStage.envelope()
      let ids = try await stage.add([event])
      try await dieWithAll(stage)
      try await claim(ids, by: "dead", idle: .seconds(600), attempts: ConsumerSlot.attemptMark + 9, stage)
      let work: StreamConsumer.Handler = { event in
        deliveries.note(event)
        try await Task.sleep(for: .seconds(600))
      }
      try await stage.consuming(
        as: "two", takeOverAfter: .seconds(300), patience: .milliseconds(100), handler: work
      ) {
        try await until { try await stage.isDone() }
      }
      #expect(deliveries.all == [event])
      let letters = try await stage.deadLetters()
      #expect(letters.map { $0["error"] } == ["10 attempts had no end"])
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
      let events = try (0..<25).map { _ in try StreamStage.envelope() }
      try await stage.add(events)
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
      let event = try StreamStage.envelope()
      try await stage.add([event])
      let work: StreamConsumer.Handler = { event in
        one.note(event)
        try await Task.sleep(for: .seconds(600))
      }
      try await stage.consuming(as: "one", takeOverAfter: .seconds(600), handler: work) {
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
      let events = try (0..<70).map { _ in try StreamStage.envelope() }
      try await stage.add(events)
      try await dieWithAll(stage)
      try await stage.consuming(as: "one", takeOverAfter: .seconds(600), handler: { deliveries.note($0) }) {
        try await until { try await stage.isDone() }
      }
      #expect(deliveries.all == events)
    }
  }

  /// As `XCLAIM` sets it: who has the entries, for how long, and how many attempts at them there were.
  private func claim(_ ids: [String], by consumer: String, idle: Duration, attempts: Int, _ stage: StreamStage)
    async throws
  {
    try await stage.redis.send(
      RedisCommand(
        ["XCLAIM", RedisArgument(stage.stream), "group", RedisArgument(consumer), "0"] + ids.map { RedisArgument($0) }
          + [
            "IDLE", RedisArgument(idle.components.seconds * 1_000), "RETRYCOUNT", RedisArgument(attempts), "JUSTID",
          ]))
  }

  @Test("what a dead consumer left is found behind any number of events that others work on")
  func behindOthers() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let events = try (0..<5_003).map { _ in try StreamStage.envelope() }
      let ids = try await stage.add(events)
      try await dieWithAll(stage)
      for start in stride(from: 0, to: 5_000, by: 500) {
        try await claim(Array(ids[start..<start + 500]), by: "busy", idle: .zero, attempts: 1, stage)
      }
      try await claim(Array(ids[5_000...]), by: "dead", idle: .seconds(600), attempts: 1, stage)
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
      let events = try (0..<70).map { _ in try StreamStage.envelope() }
      let ids = try await stage.add(events)
      try await dieWithAll(stage)
      try await stage.redis.send(
        RedisCommand([RedisArgument("XDEL"), RedisArgument(stage.stream)] + ids[..<64].map { RedisArgument($0) }))
      try await stage.consuming(as: "one", takeOverAfter: .seconds(600), handler: { deliveries.note($0) }) {
        try await until { try await stage.pending() == 0 }
      }
      #expect(deliveries.all == Array(events[64...]))
    }
  }

  @Test("an event whose consumers died ten times goes to the dead letters, and its neighbours are handled")
  func deadly() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let events = try (0..<3).map { _ in try StreamStage.envelope() }
      let ids = try await stage.add(events)
      try await dieWithAll(stage)
      try await claim([ids[0], ids[2]], by: "dead", idle: .seconds(600), attempts: 1, stage)
      try await claim([ids[1]], by: "dead", idle: .seconds(600), attempts: ConsumerSlot.attemptMark + 10, stage)
      try await stage.consuming(as: "two", takeOverAfter: .seconds(300), handler: { deliveries.note($0) }) {
        try await until { try await stage.isDone() }
      }
      #expect(deliveries.all == [events[0], events[2]])
      let letters = try await stage.deadLetters()
      #expect(letters.map { $0["entry"] } == [ids[1]] && letters.map { $0["error"] } == ["10 attempts had no end"])
    }
  }

  @Test("what was delivered with a deadly event is handled before it")
  func neighbours() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let events = try (0..<4).map { _ in try StreamStage.envelope() }
      let ids = try await stage.add(events)
      try await dieWithAll(stage)
      try await claim(Array(ids[1...]), by: "dead", idle: .seconds(600), attempts: 1, stage)
      try await claim([ids[0]], by: "dead", idle: .seconds(600), attempts: ConsumerSlot.attemptMark + 2, stage)
      try await stage.consuming(as: "two", takeOverAfter: .seconds(300), handler: { deliveries.note($0) }) {
        try await until { try await stage.isDone() }
      }
      #expect(deliveries.all == [events[1], events[2], events[3], events[0]])
    }
  }

  @Test("each attempt at an event is counted where a kill cannot forget it, and only the one that was worked on")
  func counted() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let events = try (0..<3).map { _ in try StreamStage.envelope() }
      let ids = try await stage.add(events)
      try await dieWithAll(stage)
      @Sendable func attempts() async throws -> [Int64?] {
        let reply = try await stage.redis.send(
          RedisCommand("XPENDING", RedisArgument(stage.stream), "group", "-", "+", "10"))
        return (reply.array ?? []).map { $0.array?.last?.int }
      }
      #expect(try await attempts() == [1, 1, 1])
      let work: StreamConsumer.Handler = { event in
        deliveries.note(event)
        try await Task.sleep(for: .seconds(600))
      }
      try await claim(ids, by: "dead", idle: .seconds(600), attempts: 1, stage)
      try await stage.consuming(as: "two", takeOverAfter: .seconds(300), handler: work) {
        try await until { deliveries.all.count == 1 }
        #expect(try await attempts() == [Int64(ConsumerSlot.attemptMark + 2), 1, 1])
      }
    }
  }

  @Test("deliveries by the release before are no attempts, however many there were")
  func delivered() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let events = try (0..<3).map { _ in try StreamStage.envelope() }
      let ids = try await stage.add(events)
      try await dieWithAll(stage)
      try await claim(ids, by: "dead", idle: .seconds(600), attempts: 25, stage)
      try await stage.consuming(as: "two", takeOverAfter: .seconds(300), handler: { deliveries.note($0) }) {
        try await until { try await stage.isDone() }
      }
      #expect(deliveries.all == events)
      #expect(try await stage.deadLetters().isEmpty)
    }
  }

  @Test("during an outage no attempt at an event is counted, so that a kill meanwhile leaves none; afterwards one is")
  func outage() async throws {
    try await StreamStage.with { stage in
      let (deliveries, afterwards) = (Deliveries(), Deliveries())
      let isBack = Mutex(false)
      let ids = try await stage.add([try StreamStage.envelope()])
      try await dieWithAll(stage)
      try await claim(ids, by: "dead", idle: .seconds(600), attempts: ConsumerSlot.attemptMark + 5, stage)
      @Sendable func attempts() async throws -> Int64? {
        let reply = try await stage.redis.send(
          RedisCommand("XPENDING", RedisArgument(stage.stream), "group", "-", "+", "10"))
        return reply.array?.first?.array?.last?.int
      }
      let work: StreamConsumer.Handler = { event in
        deliveries.note(event)
        guard isBack.withLock({ $0 }) else { throw Away() }
        afterwards.note(event)
        try await Task.sleep(for: .seconds(600))
      }
      try await stage.consuming(as: "two", takeOverAfter: .seconds(300), isAway: { $0 is Away }, handler: work) {
        try await until { deliveries.all.count >= 3 }
        // An attempt is counted while it lasts, and not in the pause after it.
        try await until { try await attempts() == Int64(ConsumerSlot.attemptMark + 5) }
        isBack.withLock { $0 = true }
        try await until { afterwards.all.count == 1 }
        #expect(try await attempts() == Int64(ConsumerSlot.attemptMark + 6))
      }
      // The shutdown has cut off an attempt that was counted.
      #expect(try await attempts() == Int64(ConsumerSlot.attemptMark + 5))
    }
  }

  @Test("shutdowns in the middle of an event are no failures of it, however many there are")
  func shutdowns() async throws {
    try await StreamStage.with { stage in
      let (deliveries, last) = (Deliveries(), Deliveries())
      let event = try StreamStage.envelope()
      try await stage.add([event])
      let work: StreamConsumer.Handler = { event in
        deliveries.note(event)
        try await Task.sleep(for: .seconds(600))
      }
      for number in 1...12 {
        try await stage.consuming(as: "stopped-\(number)", takeOverAfter: .seconds(600), handler: work) {
          try await until { deliveries.all.count == number }
        }
      }
      try await stage.consuming(as: "last", takeOverAfter: .seconds(600), handler: { last.note($0) }) {
        try await until { try await stage.isDone() }
      }
      #expect(last.all == [event])
      #expect(try await stage.deadLetters().isEmpty)
    }
  }

  @Test("a consumer that is stopped in the middle of an event leaves it to the next run")
  func stopped() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let event = try StreamStage.envelope()
      try await stage.add([event])
      let work: StreamConsumer.Handler = { event in
        deliveries.note(event)
        try await Task.sleep(for: .seconds(600))
      }
      try await stage.consuming(handler: work) { try await until { deliveries.all.count == 1 } }
      #expect(try await stage.pending() == 1)
      #expect(try await stage.deadLetters().isEmpty)
      try await stage.consuming(handler: { deliveries.note($0) }) { try await until { try await stage.isDone() } }
      #expect(deliveries.all == [event, event])
    }
  }

  @Test("a failing event is retried, and the consumer goes on once it succeeds")
  func again() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let events = try (0..<2).map { _ in try StreamStage.envelope() }
      try await stage.add(events)
      let work: StreamConsumer.Handler = { event in
        if deliveries.note(event) < 3, event == events[0] { throw Broken() }
      }
      try await stage.consuming(maximumTries: 3, handler: work) { try await until { try await stage.isDone() } }
      #expect(deliveries.all == [events[0], events[0], events[0], events[1]])
      #expect(try await stage.deadLetters().isEmpty)
    }
  }

  @Test("an event that failed too often goes to the dead letters, with the error and its origin")
  func dead() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let events = try (0..<2).map { _ in try StreamStage.envelope() }
      let ids = try await stage.add(events)
      let work: StreamConsumer.Handler = { event in
        deliveries.note(event)
        if event == events[0] { throw Broken() }
      }
      try await stage.consuming(maximumTries: 3, handler: work) { try await until { try await stage.isDone() } }
      #expect(deliveries.all == [events[0], events[0], events[0], events[1]])
      #expect(
        try await stage.deadLetters() == [
          [
            "stream": stage.stream, "group": "group", "entry": ids[0], "error": "it broke", "event": events[0].json,
          ]
        ])
    }
  }

  @Test("attempts are not counted while a dependency is away")
  func away() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let event = try StreamStage.envelope()
      try await stage.add([event])
      // The dependency is down for more attempts than are allowed, then the handler fails once less than allowed.
      let work: StreamConsumer.Handler = { event in
        switch deliveries.note(event) {
        case ...4: throw Away()
        case 5: throw Broken()
        default: break
        }
      }
      try await stage.consuming(maximumTries: 2, isAway: { $0 is Away }, handler: work) {
        try await until { try await stage.isDone() }
      }
      #expect(deliveries.all.count == 6)
      #expect(try await stage.deadLetters().isEmpty)
    }
  }

  @Test(
    "an entry that is no event goes to the dead letters at once, and the consumer goes on",
    arguments: ["", "nonsense", "{}"])
  func noEvent(_ text: String) async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let event = try StreamStage.envelope()
      try await stage.add(text)
      try await stage.add([event])
      try await stage.consuming(handler: { deliveries.note($0) }) { try await until { try await stage.isDone() } }
      #expect(deliveries.all == [event])
      let letters = try await stage.deadLetters()
      #expect(letters.map { $0["event"] } == [text] && letters.map { $0["error"] } == ["not an event"])
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
