import Application
import Domain
import Fakes
import Foundation
import RedisAdapter
import RedisDriver
import TestInfrastructure
import Testing

/// The behaviour of every `EventPublisher`.
@Suite("The event bus")
struct EventBusTests {
  enum Kind: CaseIterable { case memory, redis }

  struct Bus: Sendable {
    let port: any EventPublisher
    /// The stream of a context; other tests may write to it as well.
    let published: @Sendable (BoundedContext) async throws -> [EventEnvelope]
    /// Loses what a flush would remove for a source.
    let lose: @Sendable (_ source: String) async throws -> Void
  }

  private func with(_ kind: Kind, _ body: @Sendable (Bus) async throws -> Void) async throws {
    switch kind {
    case .memory:
      let bus = InMemoryEventBus()
      try await body(Bus(port: bus, published: { bus.published(to: $0) }, lose: { _ in bus.lose() }))
    case .redis:
      try await TestRedis.with { redis in
        let bus = Bus(
          port: RedisEventBus(redis: redis),
          published: { context in
            let stream = RedisArgument(Keyspace.events(context))
            let entries = try await redis.send(RedisCommand("XRANGE", stream, "-", "+")).array ?? []
            return try entries.map { entry in
              let fields = try #require(entry.array?.last?.array)
              try #require(fields.count == 2 && fields[0].string == "event")
              return try #require(EventEnvelope(json: fields[1].string ?? ""))
            }
          },
          lose: { try await redis.send(RedisCommand("DEL", RedisArgument(Keyspace.relay($0)))) })
        try await body(bus)
        for context in BoundedContext.allCases {
          // Only entries that this database's tests left, so that runs do not add up.
          try await redis.send(RedisCommand("EXPIRE", RedisArgument(Keyspace.events(context)), "600"))
        }
      }
    }
  }

  @Test("each event is written to the stream of its context, whole and in order", arguments: Kind.allCases)
  func published(_ kind: Kind) async throws {
    try await with(kind) { bus in
      let events = (0..<40).map { number in
        let context = BoundedContext.allCases[number % BoundedContext.allCases.count]
        let envelope = EventEnvelope(
          id: EventID(UUID()), source: "/talktime/test", type: "test.happened", subject: "é \"quoted\" \n \u{1F511}",
          time: Date(timeIntervalSince1970: 1_800_000_000.25), data: #"{"n":\#(number)}"#)
        return (context: context, envelope: envelope)
      }
      try await bus.port.publish(Array(events[..<30]))
      try await bus.port.publish(Array(events[30...]))
      try await bus.port.publish([])
      let ours = Set(events.map(\.envelope.id))
      for context in BoundedContext.allCases {
        let found = try await bus.published(context).filter { ours.contains($0.id) }
        #expect(found == events.filter { $0.context == context }.map(\.envelope))
      }
    }
  }

  @Test("the bus keeps its incarnation as long as it lost nothing, however much is published", arguments: Kind.allCases)
  func incarnation(_ kind: Kind) async throws {
    try await with(kind) { bus in
      let source = "\(UUID())"
      let first = try await bus.port.incarnation(for: source)
      try await bus.port.publish([(.tasks, try StreamStage.envelope())])
      _ = try await bus.port.incarnation(for: "\(UUID())")
      for _ in 0..<3 { #expect(try await bus.port.incarnation(for: source) == first) }
      try await bus.lose(source)
    }
  }

  @Test("the bus is a new incarnation after it was emptied, and then keeps that", arguments: Kind.allCases)
  func emptied(_ kind: Kind) async throws {
    try await with(kind) { bus in
      let source = "\(UUID())"
      let first = try await bus.port.incarnation(for: source)
      try await bus.lose(source)
      let second = try await bus.port.incarnation(for: source)
      #expect(second != first)
      #expect(try await bus.port.incarnation(for: source) == second)
      try await bus.lose(source)
    }
  }

  @Test("a bus that is away accepts no event, and has no incarnation")
  func away() async throws {
    let memory = InMemoryEventBus()
    memory.setAway(true)
    for bus in [memory, RedisEventBus(redis: try TestRedis.away())] as [any EventPublisher] {
      await #expect(throws: (any Error).self) { try await bus.publish([(.tasks, try StreamStage.envelope())]) }
      await #expect(throws: (any Error).self) { try await bus.incarnation(for: "test") }
    }
    #expect(memory.published(to: .tasks).isEmpty)
  }

  @Test("an event that Redis refuses is not reported as published")
  func refused() async throws {
    // As with a full Redis, or a key of another type.
    try await ScriptedServer.with({ _, _ in "-OOM command not allowed\r\n" }) { _, url in
      try await TestRedis.with(try RedisConfiguration(url: url, connections: 1)) { redis in
        // A command can be refused only on an established connection.
        let connected: Bool? = await eventually {
          do throws(RedisError) { try await redis.send(RedisCommand("PING")) } catch {
            return error == .unavailable ? nil : true
          }
          return true
        }
        try #require(connected == true)
        let bus = RedisEventBus(redis: redis)
        await #expect(throws: RedisError.unavailable) { try await bus.publish([(.tasks, try StreamStage.envelope())]) }
      }
    }
  }
}
