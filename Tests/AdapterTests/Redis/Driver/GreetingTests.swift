import Foundation
import RedisDriver
import Synchronization
import TestInfrastructure
import Testing

@Suite("A connection that Redis refuses")
struct GreetingTests {
  /// Connects repeatedly; no command may succeed meanwhile.
  private func neverServes(_ url: String) async throws {
    try await TestRedis.with(try RedisConfiguration(url: url)) { redis in
      for _ in 0..<20 {
        await #expect(throws: RedisError.unavailable) { try await redis.send(RedisCommand("PING")) }
        try await Task.sleep(for: .milliseconds(10))
      }
      // A separate connection reports the reason.
      let error = await #expect(throws: RedisError.self) {
        try await redis.blocking(RedisCommand("PING"), timeout: .seconds(1))
      }
      guard case .server = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }
  }

  @Test("a connection with a wrong password serves no command")
  func password() async throws {
    var url = try #require(URLComponents(string: try TestRedis.url()))
    url.password = "wrong"
    try await neverServes(try #require(url.string))
  }

  @Test("a connection to a database that does not exist serves no command, least of all from database 0")
  func database() async throws { try await neverServes(try TestRedis.url(database: 999)) }

  @Test("a refused connection is closed, so that the server does not collect them")
  func closed() async throws {
    try await ScriptedServer.with({ _, _ in "-WRONGPASS no\r\n" }) { server, url in
      let address = url.replacing("redis://", with: "redis://:p@")
      try await TestRedis.with(try RedisConfiguration(url: address, connections: 1)) { _ in
        let tried: Bool? = await eventually { server.connections >= 3 ? true : nil }
        #expect(tried == true)
        let few: Bool? = await eventually { server.open <= 1 ? true : nil }
        #expect(few == true, "\(server.open) are open")
      }
    }
  }
}
