import Application
import RedisDriver

public struct RedisGoogleNonceStore: GoogleNonceStore {
  private let redis: RedisClient

  public init(redis: RedisClient) { self.redis = redis }

  public func keep(_ nonce: String) async throws(IdentityError) {
    do {
      try await redis.send(
        RedisCommand("SET", RedisArgument(Keyspace.nonce(nonce)), "1", "EX", RedisArgument(Keyspace.nonceTTL)))
    } catch {
      throw .unavailable
    }
  }

  public func isKept(_ nonce: String) async throws(IdentityError) -> Bool {
    do {
      return try await redis.send(RedisCommand("EXISTS", RedisArgument(Keyspace.nonce(nonce)))).int == 1
    } catch {
      throw .unavailable
    }
  }

  public func consume(_ nonce: String) async throws(IdentityError) -> Bool {
    do {
      return try await redis.send(RedisCommand("DEL", RedisArgument(Keyspace.nonce(nonce)))).int == 1
    } catch {
      throw .unavailable
    }
  }
}
