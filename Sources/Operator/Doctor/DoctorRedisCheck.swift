import Logging
import NIOPosix
import RedisDriver
import Runtime

/// Checks whether Redis responds and keeps its data: every charge depends on both.
struct DoctorRedisCheck: Sendable {
  let logger: Logger

  /// The required values, and what goes wrong without them.
  private static let conditions = [
    ("appendonly", "yes", "live talks are lost when it restarts"),
    ("appendfsync", "everysec", "a restart loses more than a second, or every beat waits for the disk"),
    ("maxmemory-policy", "noeviction", "it may throw away live talks"),
  ]

  func findings() async -> [Finding] {
    let reader = SettingsReader()
    guard let url = reader.optional("REDIS_URL", secret: true) else {
      return [.problem("redis", "REDIS_URL is missing")]
    }
    guard
      let configuration = try? RedisConfiguration(
        url: url, connections: 1, authorities: reader.optional("REDIS_CA"))
    else { return [.problem("redis", "REDIS_URL cannot be read")] }
    let redis = RedisClient(
      configuration: configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
    let running = Task { try await redis.run() }
    defer { running.cancel() }
    guard await answers(redis) else { return [.problem("redis", "it cannot be reached")] }
    var found: [Finding] = []
    for (name, wanted, harm) in Self.conditions { found.append(await condition(name, wanted, harm, redis)) }
    return found
  }

  private func answers(_ redis: RedisClient) async -> Bool {
    for _ in 0..<20 {
      if (try? await redis.send(RedisCommand("PING"))) != nil { return true }
      try? await Task.sleep(for: .milliseconds(150))
    }
    return false
  }

  private func condition(_ name: String, _ wanted: String, _ harm: String, _ redis: RedisClient) async -> Finding {
    guard let reply = try? await redis.send(RedisCommand("CONFIG", "GET", RedisArgument(name))),
      let value = reply.array?.last?.string
    else { return .warning("redis", "it does not tell \(name), which must be \(wanted)") }
    return value == wanted
      ? .ok("redis", "\(name) is \(value)") : .problem("redis", "\(name) is \(value) and must be \(wanted): \(harm)")
  }
}
