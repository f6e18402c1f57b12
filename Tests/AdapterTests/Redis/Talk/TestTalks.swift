import Foundation
import Logging
import NIOPosix
import RedisDriver
import Testing

/// A Redis database that belongs to one suite.
struct TestTalks {
  /// Suites run in parallel, and each empties its own database: no two have the same number.
  enum Database: Int {
    case agreement = 11
    case contracts, live, streams, crowd
  }

  let client: RedisClient
  private let running: Task<Void, any Error>

  /// - Parameter database: emptied first.
  static func connect(_ database: Database) async throws -> TestTalks {
    let client = RedisClient(
      configuration: try RedisConfiguration(url: try TestRedis.url(database: database.rawValue)),
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
