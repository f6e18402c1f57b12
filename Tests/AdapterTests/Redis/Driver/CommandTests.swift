import NIOCore
import RedisDriver
import Testing

@Suite("Commands")
struct CommandTests {
  @Test("thousands of simultaneous commands each get their own reply")
  func concurrent() async throws {
    try await TestRedis.with { redis in
      let wrong = try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<5_000 {
          group.addTask { try await redis.send(RedisCommand("ECHO", RedisArgument(number))).int != Int64(number) }
        }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(wrong == 0)
    }
  }

  @Test("a pipeline's replies come in its order, an error among them")
  func pipeline() async throws {
    try await TestRedis.with { redis in
      let key = RedisArgument(TestRedis.key())
      let replies = try await redis.pipeline([
        RedisCommand("SET", key, "text", "EX", "60"), RedisCommand("INCR", key), RedisCommand("GET", key),
        RedisCommand("DEL", key),
      ])
      try #require(replies.count == 4)
      #expect(replies[0].string == "OK" && replies[2].string == "text" && replies[3] == .integer(1))
      guard case .error(let message) = replies[1] else { return #expect(Bool(false), "\(replies[1])") }
      #expect(message.hasPrefix("ERR "))
      #expect(try await redis.pipeline([]) == [])
    }
  }

  @Test("arguments of any bytes and of any length arrive unchanged")
  func bytes() async throws {
    try await TestRedis.with { redis in
      let all = (0...255).map { UInt8($0) }
      for word in [[], all, [UInt8](repeating: 13, count: 3_000_000)] {
        let reply = try await redis.send(RedisCommand("ECHO", RedisArgument(word)))
        #expect(reply.bytes == word)
      }
    }
  }

  @Test("an error of Redis is thrown with its code, and affects no other command")
  func refused() async throws {
    try await TestRedis.with { redis in
      let key = RedisArgument(TestRedis.key())
      try await redis.send(RedisCommand("SET", key, "x", "EX", "60"))
      let error = await #expect(throws: RedisError.self) { try await redis.send(RedisCommand("LPUSH", key, "y")) }
      guard case .server("WRONGTYPE", let message) = error else {
        return #expect(Bool(false), "\(String(describing: error))")
      }
      #expect(message.hasPrefix("WRONGTYPE ") && error?.isUnavailable == false)
      #expect(try await redis.send(RedisCommand("GET", key)).string == "x")
    }
  }

  @Test("a script that Redis does not know runs all the same, and is known by its hash afterwards")
  func scripts() async throws {
    try await TestRedis.with { redis in
      let mark = TestRedis.key("script")
      let script = RedisScript(name: "test", source: Array("return {KEYS[1], ARGV[1], '\(mark)'}".utf8))
      // The script has not run before. Loaded scripts stay in the server, because other suites rely on theirs.
      for times in 0..<2 {
        let known = try await redis.send(RedisCommand("SCRIPT", "EXISTS", RedisArgument(script.sha1)))
        #expect(known.array?.first?.int == Int64(times))
        let reply = try await redis.run(script, keys: ["k"], arguments: ["a"])
        #expect(reply.array?.map(\.string) == ["k", "a", mark])
      }
      let known = try await redis.send(RedisCommand("EVALSHA", RedisArgument(script.sha1), "1", "k", "a"))
      #expect(known.array?.count == 3)
    }
  }

  @Test("a script that fails throws its error, and is not run a second time")
  func failingScript() async throws {
    try await TestRedis.with { redis in
      let key = TestRedis.key()
      let script = RedisScript(
        name: "test", source: Array("redis.call('INCR', KEYS[1]) return redis.error_reply('SPENT no more')".utf8))
      try await redis.send(RedisCommand("SCRIPT", "LOAD", RedisArgument(script.source)))
      await #expect(throws: RedisError.server(code: "SPENT", message: "SPENT no more")) {
        try await redis.run(script, keys: [key], arguments: [])
      }
      #expect(try await redis.send(RedisCommand("GET", RedisArgument(key))).int == 1)
      try await redis.send(RedisCommand("DEL", RedisArgument(key)))
    }
  }

  @Test("each database is separate")
  func databases() async throws {
    let key = RedisArgument(TestRedis.key())
    _ = try await TestRedis.with(database: 8) { try await $0.send(RedisCommand("SET", key, "here", "EX", "60")) }
    let other = try await TestRedis.with(database: 9) { try await $0.send(RedisCommand("GET", key)) }
    let same = try await TestRedis.with(database: 8) { try await $0.send(RedisCommand("GET", key)) }
    #expect(other.isNull && same.string == "here")
  }

  @Test("without a connection a command fails at once")
  func away() async throws {
    let redis = try TestRedis.away()
    await #expect(throws: RedisError.unavailable) { try await redis.send(RedisCommand("PING")) }
    await #expect(throws: RedisError.unavailable) { try await redis.pipeline([RedisCommand("PING")]) }
    await #expect(throws: RedisError.unavailable) {
      try await redis.blocking(RedisCommand("BLPOP", "k", "1"), timeout: .seconds(1))
    }
  }
}
