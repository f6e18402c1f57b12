import Application
import FoundationEssentials
import RedisDriver

/// The request to start no talks, in one key that every instance reads before it starts a talk.
public struct RedisTalkStartPauseStore: TalkStartPauseStore {
  private static let key = RedisArgument(Keyspace.drain)
  private let redis: RedisClient

  public init(redis: RedisClient) { self.redis = redis }

  public func current() async throws(LiveTalkError) -> TalkStartPause? {
    let reply: RedisValue
    do { reply = try await redis.send(RedisCommand("GET", Self.key)) } catch { throw .unavailable }
    guard let bytes = reply.bytes else { return nil }
    do { return try JSONDecoder().decode(TalkStartPause.self, from: Data(bytes)) } catch { throw .unavailable }
  }

  public func set(_ request: TalkStartPause?) async throws(LiveTalkError) {
    do {
      if let request {
        let text = String(decoding: try JSONEncoder().encode(request), as: UTF8.self)
        try await redis.send(RedisCommand("SET", Self.key, RedisArgument(text)))
      } else {
        try await redis.send(RedisCommand("DEL", Self.key))
      }
    } catch { throw .unavailable }
  }
}
