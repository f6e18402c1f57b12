import Application
import RedisDriver

/// Rate limits that all instances share, by the store's clock.
public struct RedisRateLimiter: RateLimiter {
  private let redis: RedisClient
  private let script = RedisScript(name: "take", source: PackageResources.take_lua)

  public init(redis: RedisClient) { self.redis = redis }

  public func take(_ limit: RateLimit, subject: String) async throws(RateLimiterError) -> RateDecision {
    let interval = limit.window / .microseconds(1) / Double(max(1, limit.count))
    do {
      let reply = try await redis.run(
        script, keys: [Keyspace.limit(limit.name, subject: subject)],
        arguments: [RedisArgument(max(1, Int64(clamping: interval.rounded(.down)))), RedisArgument(limit.count)])
      guard let words = reply.array, words.count == 4, let allowed = words[0].int, let left = words[1].int,
        let more = words[2].int, let retry = words[3].int
      else { throw RateLimiterError.unavailable }
      return RateDecision(
        isAllowed: allowed == 1, remaining: Int(clamping: left), moreAfter: .milliseconds(more),
        retryAfter: .milliseconds(retry))
    } catch {
      throw .unavailable
    }
  }
}
