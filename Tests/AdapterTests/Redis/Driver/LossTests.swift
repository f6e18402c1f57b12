import RedisDriver
import Synchronization
import TestInfrastructure
import Testing

@Suite("A connection that is lost")
struct LossTests {
  private func id(_ redis: RedisClient) async throws -> Int64 {
    try #require(try await redis.send(RedisCommand("CLIENT", "ID")).int)
  }

  private func wait(_ key: String = TestRedis.key("nothing")) -> RedisCommand {
    RedisCommand("BLPOP", RedisArgument(key), "10")
  }

  @Test("a lost connection fails its waiting commands, and is replaced")
  func killed() async throws {
    try await TestRedis.with { redis in
      let first = try await id(redis)
      let waiting = Task { try await redis.send(wait()) }
      try await TestRedis.with { other in
        // The connection must be lost while the command waits in the server.
        let blocked: Bool? = try await eventually { try await blocks(first, other) ? true : nil }
        try #require(blocked == true)
        let killed = try await other.send(RedisCommand("CLIENT", "KILL", "ID", RedisArgument(first)))
        #expect(killed == .integer(1))
      }
      await #expect(throws: RedisError.unavailable) { try await waiting.value }
      let second: Int64? = await eventually { try? await id(redis) }
      #expect(second != nil && second != first)
    }
  }

  private func blocks(_ id: Int64, _ redis: RedisClient) async throws -> Bool {
    let line = try await redis.send(RedisCommand("CLIENT", "LIST", "ID", RedisArgument(id))).string ?? ""
    return line.contains("cmd=blpop")
  }

  @Test("a connection is dropped with its reader when Redis sends an invalid reply, and the next one starts afresh")
  func garbage() async throws {
    // The first connection breaks inside an array, so a reader that were kept for the second one would continue in that
    // array.
    let script: ScriptedServer.Script = { read, connection in
      connection == 1 ? "*2\r\n:1\r\n?nonsense\r\n" : ScriptedServer.pongs(read, connection)
    }
    try await ScriptedServer.with(script) { server, url in
      try await TestRedis.with(try RedisConfiguration(url: url, connections: 1)) { redis in
        let connected: Bool? = await eventually { server.connections == 1 ? true : nil }
        try #require(connected == true)
        let pong: RedisValue? = await eventually { try? await redis.send(RedisCommand("PING")) }
        #expect(pong?.string == "PONG" && server.connections == 2)
        let closed: Bool? = await eventually { server.open == 1 ? true : nil }
        #expect(closed == true)
        for _ in 0..<50 { #expect(try await redis.send(RedisCommand("PING")).string == "PONG") }
      }
    }
  }

  @Test("a connection whose caller was cancelled is kept: other commands use it, and get their own replies")
  func cancelled() async throws {
    try await TestRedis.with { redis in
      let first = try await id(redis)
      for round in 0..<50 {
        let caller = Task { try await redis.send(RedisCommand("ECHO", "cancelled")) }
        if round % 2 == 0 { await Task.yield() }
        caller.cancel()
        let result = await caller.result
        if case .failure(let error) = result { #expect(error as? RedisError == .cancelled) }
        #expect(try await redis.send(RedisCommand("ECHO", RedisArgument(round))).int == Int64(round))
      }
      #expect(try await id(redis) == first)
    }
  }

  @Test("a cancelled caller returns at once, also while Redis is silent")
  func cancelledWhileWaiting() async throws {
    try await TestRedis.with { redis in
      let first = try await id(redis)
      let key = TestRedis.key()
      let caller = Task { try await redis.send(wait(key), deadline: .seconds(60)) }
      try await TestRedis.with { other in
        let blocked: Bool? = try await eventually { try await blocks(first, other) ? true : nil }
        try #require(blocked == true)
        caller.cancel()
        // There is no reply, and the command's own limit would give `timeout`.
        let result = await caller.result
        guard case .failure(let error) = result else { return #expect(Bool(false), "\(result)") }
        #expect(error as? RedisError == .cancelled)
        try await other.send(RedisCommand("RPUSH", RedisArgument(key), "late"))
      }
      // The reply to an abandoned command must not be taken for the next one's.
      #expect(try await redis.send(RedisCommand("ECHO", "mine")).string == "mine")
      #expect(try await id(redis) == first)
    }
  }
}
