import Foundation
import Logging
import NIOPosix
import RedisDriver
import TestInfrastructure
import Testing

/// A client for the tests' Redis. Its databases 8 to 10 are shared by tests that run in parallel: each test uses its
/// own keys, and no test flushes a database.
enum TestRedis {
  static let database = 8

  /// The address with another database, so that these tests do not meet those of talks.
  static func url(database: Int = database) throws -> String {
    var url = try #require(URLComponents(string: try setting("TEST_REDIS_URL")))
    url.path = "/\(database)"
    return try #require(url.string)
  }

  /// Runs the body with a connected client.
  static func with<T: Sendable>(
    database: Int = database, commandDeadline: Duration = .seconds(10), maximumInFlight: Int = 10_000,
    _ body: @Sendable (RedisClient) async throws -> T
  ) async throws -> T {
    // One connection, on which replies have an order.
    let configuration = try RedisConfiguration(
      url: url(database: database), connections: 1, commandDeadline: commandDeadline, maximumInFlight: maximumInFlight)
    return try await with(configuration) { client in
      let pong: Bool? = await eventually { (try? await client.send(RedisCommand("PING"))).map { _ in true } }
      try #require(pong != nil, "Redis does not answer")
      return try await body(client)
    }
  }

  /// Runs the body with a client that may still be connecting.
  static func with<T: Sendable>(
    _ configuration: RedisConfiguration, _ body: @Sendable (RedisClient) async throws -> T
  ) async throws -> T {
    let client = client(configuration)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await client.run() }
      defer { group.cancelAll() }
      return try await body(client)
    }
  }

  /// A client that cannot connect: its connections are not kept up.
  static func away() throws -> RedisClient {
    client(try RedisConfiguration(url: "redis://127.0.0.1:1"))
  }

  /// A client that does not run: it only opens separate connections.
  static func client(_ configuration: RedisConfiguration) -> RedisClient {
    RedisClient(
      configuration: configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      logger: Logger(label: "tests"))
  }

  static func key(_ name: String = "") -> String { "test:\(name):\(UUID())" }

  /// Changes the time of one key, as far as its expiry is concerned.
  static func age(_ key: String, by duration: Duration, _ redis: RedisClient) async throws {
    let name = RedisArgument(key)
    let left = try #require(try await redis.send(RedisCommand("PTTL", name)).int)
    guard left >= 0 else { return }
    try await redis.send(RedisCommand("PEXPIRE", name, RedisArgument(left - Int64(duration / .milliseconds(1)))))
  }
}
