import RedisDriver
import TestInfrastructure
import Testing

@Suite("Redis over TLS", .serialized)
struct TLSTests {
  @Test("Redis is reached if its certificate is trusted, by name and by address")
  func trusted() async throws {
    try await SecureRedis.with { server in
      for host in ["localhost", "127.0.0.1"] {
        let configuration = try RedisConfiguration(
          url: "rediss://:\(server.password)@\(host):\(server.port)/2", authorities: server.certificate)
        try await TestRedis.with(configuration) { redis in
          let pong: RedisValue? = await eventually { try? await redis.send(RedisCommand("PING")) }
          #expect(pong?.string == "PONG", "by \(host)")
          let long = [UInt8](repeating: 7, count: 200_000)
          #expect(try await redis.send(RedisCommand("ECHO", RedisArgument(long))).bytes == long)
          let info = try await redis.send(RedisCommand("CLIENT", "INFO")).string ?? ""
          #expect(info.contains(" db=2 "))
        }
      }
    }
  }

  @Test("a server whose certificate is not trusted gets no command")
  func unknown() async throws {
    try await SecureRedis.with { server in
      // If a separate connection cannot connect, no other can.
      let stranger = TestRedis.client(
        try RedisConfiguration(url: "rediss://:\(server.password)@127.0.0.1:\(server.port)"))
      await #expect(throws: RedisError.unavailable) {
        try await stranger.blocking(RedisCommand("PING"), timeout: .seconds(2))
      }
      let missing = TestRedis.client(
        try RedisConfiguration(
          url: "rediss://:\(server.password)@127.0.0.1:\(server.port)", authorities: server.certificate + ".none"))
      await #expect(throws: RedisError.unavailable) {
        try await missing.blocking(RedisCommand("PING"), timeout: .seconds(2))
      }
    }
  }

  @Test("a server gets no command under a name that its certificate does not have")
  func otherName() async throws {
    try await SecureRedis.with(names: "DNS:redis.example") { server in
      for host in ["localhost", "127.0.0.1"] {
        let client = TestRedis.client(
          try RedisConfiguration(
            url: "rediss://:\(server.password)@\(host):\(server.port)", authorities: server.certificate))
        await #expect(throws: RedisError.unavailable, "by \(host)") {
          try await client.blocking(RedisCommand("PING"), timeout: .seconds(2))
        }
      }
    }
  }

  @Test("a client without TLS does not reach the TLS port")
  func plain() async throws {
    try await SecureRedis.with { server in
      let client = TestRedis.client(try RedisConfiguration(url: "redis://:\(server.password)@127.0.0.1:\(server.port)"))
      await #expect(throws: RedisError.unavailable) {
        try await client.blocking(RedisCommand("PING"), timeout: .seconds(2))
      }
    }
  }
}
