import Foundation
import Logging
import NIOPosix
import RedisDriver
import Testing

/// A database of Redis that a suite has for itself.
struct TestTalks {
  let client: RedisClient
  private let running: Task<Void, any Error>

  /// - Parameter database: emptied first; suites that run side by side take one each.
  static func connect(database: Int = 11) async throws -> TestTalks {
    let url = try #require(
      ProcessInfo.processInfo.environment["TEST_REDIS_URL"], "TEST_REDIS_URL is not set: run ./dev test")
    var parts = url.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    if parts.count > 3 { parts[3] = "\(database)" } else { parts.append("\(database)") }
    let client = RedisClient(
      configuration: try RedisConfiguration(url: parts.joined(separator: "/")),
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "test"))
    let running = Task { try await client.run() }
    for _ in 0..<200 {
      if (try? await client.send(RedisCommand("FLUSHDB"))) != nil { return TestTalks(client: client, running: running) }
      try await Task.sleep(for: .milliseconds(20))
    }
    throw RedisError.unavailable
  }

  func close() {
    client.close()
    running.cancel()
  }
}
