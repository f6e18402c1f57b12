import Application
import RedisAdapter
import Synchronization
import Testing

/// A door that a handler waits at, whether it is cancelled or not.
private final class Door: Sendable {
  private struct State {
    var isOpen = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  func wait() async {
    await withCheckedContinuation { one in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiting.append(one) }
        return state.isOpen
      }
      if isOpen { one.resume() }
    }
  }

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for one in waiting { one.resume() }
  }
}

/// Handlers that go on although they are cancelled. Without an end to the wait for them, each of these tests hangs.
@Suite("A consumer whose handler does not heed its cancellation", .timeLimit(.minutes(2)))
struct UnheedingHandlerTests {
  private static let short = Duration.milliseconds(50)

  /// A handler that notes each event, and waits at a door with each of the first ones.
  private func waiting(
    _ deliveries: Deliveries, at doors: [Door], with events: [EventEnvelope]
  ) -> StreamConsumer.Handler {
    { event in
      deliveries.note(event)
      for (door, own) in zip(doors, events) where own == event { await door.wait() }
    }
  }

  @Test("it goes on with the next events; the entry stays pending, and is acknowledged when its handler succeeds late")
  func goesOn() async throws {
    try await StreamStage.with { stage in
      let (deliveries, door, abandoned) = (Deliveries(), Door(), AbandonedAttempts(most: 4))
      let events = try await stage.add(3).events
      let work = waiting(deliveries, at: [door], with: events)
      try await stage.consuming(patience: Self.short, grace: Self.short, abandoned: abandoned, handler: work) {
        try await until { Set(deliveries.ids).count == 3 }
        try await until { try await stage.pending() == 1 }
        #expect(abandoned.count == 1 && abandoned.stoppedConsumers == 0)
        let more = try StreamStage.envelope()
        try await stage.add([more])
        try await until { deliveries.ids.contains(more.id.text) }
        door.open()
        try await until { try await stage.isDone() }
        try await until { abandoned.count == 0 }
      }
      // What goes on here is not begun a second time beside it.
      #expect(deliveries.all.count { $0 == events[0] } == 1)
      #expect(try await stage.deadLetters().isEmpty)
    }
  }

  @Test("it goes on without as many attempts as a process may have, and then stops until one of them ends")
  func bound() async throws {
    try await StreamStage.with { stage in
      let (deliveries, abandoned) = (Deliveries(), AbandonedAttempts(most: 1))
      let doors = [Door(), Door()]
      let events = try await stage.add(3).events
      let work = waiting(deliveries, at: doors, with: events)
      try await stage.consuming(patience: Self.short, grace: Self.short, abandoned: abandoned, handler: work) {
        try await until { abandoned.stoppedConsumers == 1 }
        #expect(abandoned.count == 1 && deliveries.all == Array(events.prefix(2)))
        doors[0].open()
        try await until { deliveries.ids.contains(events[2].id.text) }
        try await until { abandoned.stoppedConsumers == 0 && abandoned.count == 1 }
        try await until { try await stage.pending() == 1 }
        doors[1].open()
        try await until { try await stage.isDone() }
      }
      #expect(deliveries.all == events)
    }
  }

  @Test("a late success acknowledges no entry that another consumer has taken over")
  func fenced() async throws {
    try await StreamStage.with { stage in
      let (one, two, abandoned) = (Deliveries(), Deliveries(), AbandonedAttempts(most: 4))
      let (late, taken) = (Door(), Door())
      let event = try await stage.addOne()
      // What is left to others is old at once, so that nobody waits for this.
      let takeOverAfter = Duration.seconds(60)
      try await stage.consuming(
        as: "one", takeOverAfter: takeOverAfter, patience: Self.short, grace: Self.short, abandoned: abandoned,
        handler: waiting(one, at: [late], with: [event])
      ) {
        try await until { abandoned.count == 1 }
        try await stage.consuming(
          as: "two", takeOverAfter: takeOverAfter, handler: waiting(two, at: [taken], with: [event])
        ) {
          try await until { two.all.count == 1 }
          late.open()
          try await until { abandoned.count == 0 }
          #expect(try await stage.pending() == 1)
          taken.open()
          try await until { try await stage.isDone() }
        }
      }
      #expect(one.all == [event] && two.all == [event])
    }
  }

  @Test("a consumer that goes on after a stop leaves the rest of its page to who has taken it")
  func page() async throws {
    try await StreamStage.with { stage in
      let (one, two, abandoned) = (Deliveries(), Deliveries(), AbandonedAttempts(most: 1))
      let doors = [Door(), Door()]
      let events = try (0..<4).map { _ in try StreamStage.envelope() }
      let more = try StreamStage.envelope()
      try await stage.add(events)
      let takeOverAfter = Duration.milliseconds(300)
      let work = waiting(one, at: doors, with: events)
      try await stage.consuming(
        as: "one", takeOverAfter: takeOverAfter, patience: Self.short, grace: Self.short, abandoned: abandoned,
        handler: work
      ) {
        try await until { abandoned.stoppedConsumers == 1 }
        try await stage.consuming(as: "two", takeOverAfter: takeOverAfter, handler: { two.note($0) }) {
          try await until { try await stage.isDone() }
        }
        doors[0].open()
        try await until { abandoned.stoppedConsumers == 0 }
        try await stage.add([more])
        try await until { one.ids.contains(more.id.text) }
        doors[1].open()
        try await until { try await stage.isDone() }
      }
      #expect(Set(two.ids) == Set(events.map(\.id.text)) && two.all.count == 4)
      #expect(one.all == Array(events.prefix(2)) + [more])
      #expect(try await stage.deadLetters().isEmpty)
    }
  }

  @Test("a consumer that goes on after a stop takes up the rest of its page where nobody else has taken it")
  func ownPage() async throws {
    try await StreamStage.with { stage in
      let (deliveries, abandoned) = (Deliveries(), AbandonedAttempts(most: 1))
      let doors = [Door(), Door()]
      let events = try await stage.add(5).events
      let work = waiting(deliveries, at: doors, with: events)
      try await stage.consuming(patience: Self.short, grace: Self.short, abandoned: abandoned, handler: work) {
        try await until { abandoned.stoppedConsumers == 1 }
        // The attempt for which the consumer has stopped ends by itself.
        doors[1].open()
        try await until { deliveries.all.count == 5 }
        try await until { try await stage.pending() == 1 }
        doors[0].open()
        try await until { try await stage.isDone() }
      }
      #expect(deliveries.all == events)
    }
  }

  @Test("a shutdown does not wait for it, and another consumer has the event at once")
  func shutdown() async throws {
    try await StreamStage.with { stage in
      let (one, two, door) = (Deliveries(), Deliveries(), Door())
      let event = try await stage.addOne()
      try await stage.consuming(
        as: "one", takeOverAfter: .seconds(600), grace: Self.short, handler: waiting(one, at: [door], with: [event])
      ) {
        try await until { one.all.count == 1 }
      }
      try await stage.consuming(as: "two", takeOverAfter: .seconds(600), handler: { two.note($0) }) {
        try await until { try await stage.isDone() }
      }
      door.open()
      #expect(one.all == [event] && two.all == [event])
    }
  }
}
