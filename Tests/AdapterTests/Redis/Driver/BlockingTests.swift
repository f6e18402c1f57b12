import RedisDriver
import TestInfrastructure
import Testing

@Suite("Blocking commands")
struct BlockingTests {
  private func pop(_ key: String, _ seconds: Int = 10) -> RedisCommand {
    RedisCommand("BLPOP", RedisArgument(key), RedisArgument(seconds))
  }

  @Test("blocking commands have a connection of their own, so that other commands go on")
  func aside() async throws {
    try await TestRedis.with { redis in
      let key = TestRedis.key()
      async let popped = redis.blocking(pop(key), timeout: .seconds(10))
      let waits: Bool? = try await eventually {
        let list = try await redis.send(RedisCommand("CLIENT", "LIST")).string ?? ""
        return list.split(separator: "\n").contains { $0.contains("cmd=blpop") } ? true : nil
      }
      #expect(waits == true)
      for number in 0..<100 {
        #expect(try await redis.send(RedisCommand("ECHO", RedisArgument(number))).int == Int64(number))
      }
      try await redis.send(RedisCommand("RPUSH", RedisArgument(key), "there"))
      #expect(try await popped.array?.map(\.string) == [key, "there"])
    }
  }

  @Test("blocking commands reuse their connection, in its database, and never one that may still wait")
  func reused() async throws {
    try await TestRedis.with { redis in
      let ask = RedisCommand("CLIENT", "ID")
      let first = try await redis.blocking(ask, timeout: .seconds(1))
      #expect(try await redis.blocking(ask, timeout: .seconds(1)) == first)
      let shared = try await redis.send(ask)
      #expect(shared != first)
      // The client waits one second longer than the timeout, so it gives up while the command is still in the server.
      await #expect(throws: RedisError.timeout) {
        try await redis.blocking(pop(TestRedis.key(), 30), timeout: .zero)
      }
      #expect(try await redis.blocking(ask, timeout: .seconds(1)) != first)
      let info = try await redis.blocking(RedisCommand("CLIENT", "INFO"), timeout: .seconds(1)).string ?? ""
      #expect(info.contains(" db=\(TestRedis.database) "))
    }
  }

  @Test("a blocking command that gets nothing answers nothing, and an error of Redis is thrown")
  func nothing() async throws {
    try await TestRedis.with { redis in
      let nothing = try await redis.blocking(
        RedisCommand("BLPOP", RedisArgument(TestRedis.key()), "0.05"), timeout: .seconds(1))
      #expect(nothing.isNull)
      let error = await #expect(throws: RedisError.self) {
        try await redis.blocking(RedisCommand("BLPOP", "key", "never"), timeout: .seconds(1))
      }
      guard case .server("ERR", _) = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }
  }
}
