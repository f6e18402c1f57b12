import Application
import Domain
import Foundation
import Synchronization
import Testing

@testable import RedisAdapter

/// How often an event is tried, and when it becomes a dead letter.
extension StreamConsumerTests {
  @Test("an event whose handling hangs each time goes to the dead letters")
  func hangingAlways() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let (events, ids) = try await stage.add(1)
      try await stage.dieWithAll()
      try await stage.claim(ids, attempts: ConsumerSlot.attemptMark + 9)
      try await stage.consuming(
        as: "two", takeOverAfter: .seconds(300), patience: .milliseconds(100), handler: deliveries.hanging
      ) {
        try await until { try await stage.isDone() }
      }
      #expect(deliveries.all == events)
      let letters = try await stage.deadLetters()
      #expect(letters.map { $0["error"] } == ["10 attempts had no end"])
    }
  }

  @Test("an event whose consumers died ten times goes to the dead letters, and its neighbours are handled")
  func deadly() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let (events, ids) = try await stage.add(3)
      try await stage.dieWithAll()
      try await stage.claim([ids[0], ids[2]], attempts: 1)
      try await stage.claim([ids[1]], attempts: ConsumerSlot.attemptMark + 10)
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
      let (events, ids) = try await stage.add(4)
      try await stage.dieWithAll()
      try await stage.claim(Array(ids[1...]), attempts: 1)
      try await stage.claim([ids[0]], attempts: ConsumerSlot.attemptMark + 2)
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
      let ids = try await stage.add(3).ids
      try await stage.dieWithAll()
      #expect(try await stage.attempts() == [1, 1, 1])
      try await stage.claim(ids, attempts: 1)
      try await stage.consuming(as: "two", takeOverAfter: .seconds(300), handler: deliveries.hanging) {
        try await until { deliveries.all.count == 1 }
        #expect(try await stage.attempts() == [Int64(ConsumerSlot.attemptMark + 2), 1, 1])
      }
    }
  }

  @Test("deliveries by the release before are no attempts, however many there were")
  func delivered() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let (events, ids) = try await stage.add(3)
      try await stage.dieWithAll()
      try await stage.claim(ids, attempts: 25)
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
      let ids = try await stage.add(1).ids
      try await stage.dieWithAll()
      try await stage.claim(ids, attempts: ConsumerSlot.attemptMark + 5)
      let work: StreamConsumer.Handler = { event in
        deliveries.note(event)
        guard isBack.withLock({ $0 }) else { throw Away() }
        afterwards.note(event)
        try await Task.sleep(for: .seconds(600))
      }
      try await stage.consuming(as: "two", takeOverAfter: .seconds(300), isAway: { $0 is Away }, handler: work) {
        try await until { deliveries.all.count >= 3 }
        // An attempt is counted while it lasts, and not in the pause after it.
        try await until { try await stage.attempts() == [Int64(ConsumerSlot.attemptMark + 5)] }
        isBack.withLock { $0 = true }
        try await until { afterwards.all.count == 1 }
        #expect(try await stage.attempts() == [Int64(ConsumerSlot.attemptMark + 6)])
      }
      // The shutdown has cut off an attempt that was counted.
      #expect(try await stage.attempts() == [Int64(ConsumerSlot.attemptMark + 5)])
    }
  }

  @Test("shutdowns in the middle of an event are no failures of it, however many there are")
  func shutdowns() async throws {
    try await StreamStage.with { stage in
      let (deliveries, last) = (Deliveries(), Deliveries())
      let event = try await stage.addOne()
      for number in 1...12 {
        try await stage.consuming(as: "stopped-\(number)", takeOverAfter: .seconds(600), handler: deliveries.hanging) {
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

  @Test("a failing event is retried, and the consumer goes on once it succeeds")
  func again() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let events = try await stage.add(2).events
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
      let (events, ids) = try await stage.add(2)
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

  @Test("an event after whose error no attempt can help goes to the dead letters at once")
  func finalError() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let (events, ids) = try await stage.add(2)
      let work: StreamConsumer.Handler = { event in
        deliveries.note(event)
        if event == events[0] { throw Broken() }
      }
      try await stage.consuming(isFinal: { $0 is Broken }, handler: work) {
        try await until { try await stage.isDone() }
      }
      #expect(deliveries.all == events)
      let letters = try await stage.deadLetters()
      #expect(letters.map { $0["entry"] } == [ids[0]] && letters.map { $0["error"] } == ["it broke"])
    }
  }

  @Test("an event that a subscription cannot decode holds up nothing behind it")
  func undecodable() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      let subscription = EventSubscription(
        group: .buyers, source: .context(.identity), isAway: { _ in false },
        handle: { event in
          deliveries.note(event)
          _ = try event.event(UserDeleted.self)
        })
      let broken = EventEnvelope(
        id: EventID(UUID()), source: "/talktime/test", type: UserDeleted.type, subject: "s", time: nil,
        data: #"{"user_id":"nobody"}"#)
      let ids = try await stage.add([broken])
      let good = try await stage.addOne()
      try await stage.consuming(
        isAway: subscription.isAway, isFinal: subscription.isFinal, handler: subscription.handle
      ) { try await until { try await stage.isDone() } }
      #expect(deliveries.all == [broken, good])
      #expect(try await stage.deadLetters().compactMap { $0["entry"] } == ids)
    }
  }

  @Test("attempts are not counted while a dependency is away")
  func away() async throws {
    try await StreamStage.with { stage in
      let deliveries = Deliveries()
      _ = try await stage.addOne()
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
}
