import Application
import Domain
import RedisDriver

/// The streams of the event bus, one for each context, with one entry for each event.
public struct RedisEventBus: EventPublisher {
  private let redis: RedisClient

  public init(redis: RedisClient) { self.redis = redis }

  @discardableResult
  public func publish(_ events: [(context: BoundedContext, envelope: EventEnvelope)]) async throws -> [StreamEntryID] {
    let replies = try await redis.pipeline(
      events.map { event in
        RedisCommand(
          "XADD", RedisArgument(Keyspace.events(event.context)), "*", "event", RedisArgument(event.envelope.json))
      }, deadline: .seconds(5))
    let entries = replies.compactMap { $0.string.flatMap { StreamEntryID($0) } }
    guard entries.count == events.count else { throw RedisError.unavailable }
    return entries
  }

  /// The run id of Redis, and a marker that a flush would remove.
  public func incarnation(for source: String) async throws -> String {
    let marker = RedisArgument(Keyspace.relay(source))
    let replies = try await redis.pipeline([
      RedisCommand("INFO", "server"),
      RedisCommand("SET", marker, RedisArgument(String(UInt64.random(in: 1...UInt64.max))), "NX"),
      RedisCommand("GET", marker),
    ])
    let run = (replies.first?.string ?? "").split(whereSeparator: \.isNewline).first { $0.hasPrefix("run_id:") } ?? ""
    guard replies.count == 3, let value = replies[2].string else { throw RedisError.unavailable }
    return "\(run) \(value)"
  }
}
