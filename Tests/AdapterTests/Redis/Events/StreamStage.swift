import Application
import Domain
import Foundation
import Logging
import RedisAdapter
import RedisDriver
import Synchronization
import TestInfrastructure
import Testing

/// A stream of one test, with its group's pending entries and dead letters.
struct StreamStage: Sendable {
  let redis: RedisClient
  let stream = TestRedis.key("stream")
  let dead = TestRedis.key("dead")

  /// Runs the body with a new stream.
  static func with(_ body: @Sendable (StreamStage) async throws -> Void) async throws {
    try await TestRedis.with { redis in
      let stage = StreamStage(redis: redis)
      try await body(stage)
      try await redis.send(RedisCommand("DEL", RedisArgument(stage.stream), RedisArgument(stage.dead)))
    }
  }

  static func envelope(_ id: String = "\(UUID())") throws -> EventEnvelope {
    EventEnvelope(
      id: try #require(EventID(id)), source: "/talktime/test", type: "test.happened", subject: "subject", time: nil,
      data: #"{"n":1}"#)
  }

  /// - Returns: the ids of the entries.
  @discardableResult
  func add(_ events: [EventEnvelope]) async throws -> [String] {
    var ids: [String] = []
    for event in events { ids.append(try await add(event.json)) }
    return ids
  }

  /// Adds so many new events.
  func add(_ count: Int) async throws -> (events: [EventEnvelope], ids: [String]) {
    let events = try (0..<count).map { _ in try Self.envelope() }
    return (events, try await add(events))
  }

  func addOne() async throws -> EventEnvelope {
    let event = try Self.envelope()
    try await add([event])
    return event
  }

  @discardableResult
  func add(_ text: String) async throws -> String {
    let reply = try await redis.send(
      RedisCommand("XADD", RedisArgument(stream), "*", "event", RedisArgument(text)))
    return try #require(reply.string)
  }

  /// Runs the body while a consumer reads.
  func consuming<T: Sendable>(
    as consumer: String = "one", group: String = "group", maximumTries: Int = 10,
    takeOverAfter: Duration = .seconds(15), forgetAfter: Duration = .seconds(60), patience: Duration = .seconds(300),
    grace: Duration = .seconds(5), abandoned: AbandonedAttempts = AbandonedAttempts(most: 4),
    isAway: @escaping @Sendable (any Error) -> Bool = { _ in false },
    isFinal: @escaping @Sendable (any Error) -> Bool = { _ in false },
    handler: @escaping StreamConsumer.Handler, _ body: @Sendable () async throws -> T
  ) async throws -> T {
    let consumer = StreamConsumer(
      redis: redis, stream: stream, dead: dead, group: group, consumer: consumer, maximumTries: maximumTries,
      takeOverAfter: takeOverAfter, forgetAfter: forgetAfter, patience: patience,
      grace: grace, abandoned: abandoned, logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() },
      isAway: isAway, isFinal: isFinal, handler: handler)
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await consumer.run() }
      defer { tasks.cancelAll() }
      return try await body()
    }
  }

  /// Receives all entries as `one`, and never acknowledges them.
  func dieWithAll() async throws {
    let name = RedisArgument(stream)
    try await redis.send(RedisCommand("XGROUP", "CREATE", name, "group", "0"))
    try await redis.send(RedisCommand("XREADGROUP", "GROUP", "group", "one", "STREAMS", name, ">"))
  }

  /// As `XCLAIM` sets it: who has the entries, for how long, and how many attempts at them there were.
  func claim(
    _ ids: [String], by consumer: String = "dead", idle: Duration = .seconds(600), attempts: Int
  ) async throws {
    try await redis.send(
      RedisCommand(
        ["XCLAIM", RedisArgument(stream), "group", RedisArgument(consumer), "0"] + ids.map { RedisArgument($0) }
          + [
            "IDLE", RedisArgument(idle.components.seconds * 1_000), "RETRYCOUNT", RedisArgument(attempts), "JUSTID",
          ]))
  }

  /// The attempts that Redis has counted at each pending entry.
  func attempts() async throws -> [Int64?] {
    let reply = try await redis.send(RedisCommand("XPENDING", RedisArgument(stream), "group", "-", "+", "10"))
    return (reply.array ?? []).map { $0.array?.last?.int }
  }

  func pending(_ group: String = "group") async throws -> Int64 {
    let reply = try await redis.send(RedisCommand("XPENDING", RedisArgument(stream), RedisArgument(group)))
    return try #require(reply.array?.first?.int)
  }

  /// Whether the group has received and acknowledged all entries.
  func isDone(_ group: String = "group") async throws -> Bool {
    let groups = try await redis.send(RedisCommand("XINFO", "GROUPS", RedisArgument(stream)))
    for words in (groups.array ?? []).compactMap(\.array) {
      let names = stride(from: 0, to: words.count - 1, by: 2)
      func field(_ name: String) -> RedisValue? { names.first { words[$0].string == name }.map { words[$0 + 1] } }
      if field("name")?.string == group { return field("lag")?.int == 0 && field("pending")?.int == 0 }
    }
    return false
  }

  /// The fields of each dead letter.
  func deadLetters() async throws -> [[String: String]] {
    let reply = try await redis.send(RedisCommand("XRANGE", RedisArgument(dead), "-", "+"))
    return try (reply.array ?? []).map { entry in
      let words = try #require(entry.array?.last?.array).map { $0.string ?? "" }
      return Dictionary(
        uniqueKeysWithValues: stride(from: 0, to: words.count - 1, by: 2).map { (words[$0], words[$0 + 1]) })
    }
  }
}

/// The events that a handler received, in order.
final class Deliveries: Sendable {
  private let events = Mutex<[EventEnvelope]>([])
  var all: [EventEnvelope] { events.withLock { $0 } }
  var ids: [String] { all.map(\.id.text) }

  /// A handler that notes each event, and then hangs until it is cancelled.
  var hanging: StreamConsumer.Handler {
    { event in
      self.note(event)
      try await Task.sleep(for: .seconds(600))
    }
  }

  /// - Returns: how often this event has been received so far.
  @discardableResult
  func note(_ event: EventEnvelope) -> Int {
    events.withLock { events in
      events.append(event)
      return events.count { $0.id == event.id }
    }
  }
}

/// Waits until the condition holds, which it must in the end. A take-over looks a few times, a second or more apart, and
/// beside all other tests each look is late.
func until(_ condition: () async throws -> Bool) async throws {
  let held: Bool? = try await eventually(within: .seconds(60)) { try await condition() ? true : nil }
  #expect(held == true)
}
