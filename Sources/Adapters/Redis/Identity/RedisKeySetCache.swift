import Application
import RedisDriver

/// A copy of the public keys, so that a service can start while the auth service cannot be reached.
public struct RedisKeySetCache: KeySetCache {
  private let redis: RedisClient

  public init(redis: RedisClient) { self.redis = redis }

  public func read() async -> String? {
    try? await redis.send(RedisCommand("GET", RedisArgument(Keyspace.keySet))).string
  }

  public func write(_ keySet: String) async {
    _ = try? await redis.send(RedisCommand("SET", RedisArgument(Keyspace.keySet), RedisArgument(keySet)))
  }
}
