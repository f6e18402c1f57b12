import RedisDriver
import Synchronization
import TestInfrastructure
import Testing

@Suite("Deadlines of commands to a slow Redis")
struct DeadlineTests {
  /// Waits in the server, and delays everything after it on the same connection.
  private func wait(_ seconds: String) -> RedisCommand {
    RedisCommand("BLPOP", RedisArgument(TestRedis.key("nothing")), RedisArgument(seconds))
  }

  @Test("a caller waits as long as its deadline, and no longer")
  func deadline() async throws {
    try await ScriptedServer.with({ _, _ in nil }) { server, url in
      let configuration = try RedisConfiguration(url: url, connections: 1, commandDeadline: .milliseconds(300))
      try await TestRedis.with(configuration) { redis in
        let connected: Bool? = await eventually { server.connections == 1 ? true : nil }
        try #require(connected == true)
        let began = ContinuousClock.now
        let heard: RedisError? = await eventually {
          do throws(RedisError) { try await redis.send(RedisCommand("PING")) } catch {
            return error == .unavailable ? nil : error
          }
          return nil
        }
        #expect(heard == .timeout && RedisError.timeout.isUnavailable)
        #expect(ContinuousClock.now - began >= .milliseconds(300))
        // A command with a longer deadline continues to wait.
        let patient = Patience()
        let waiting = Task {
          _ = try? await redis.send(RedisCommand("PING"), deadline: .seconds(600))
          patient.end()
        }
        let again = ContinuousClock.now
        await #expect(throws: RedisError.timeout) {
          try await redis.send(RedisCommand("PING"), deadline: .milliseconds(700))
        }
        #expect(ContinuousClock.now - again >= .milliseconds(700) && !patient.hasEnded)
        waiting.cancel()
        await waiting.value
      }
    }
  }

  @Test("a late reply goes to no caller, least of all to the next one")
  func late() async throws {
    try await TestRedis.with { redis in
      let id = try await redis.send(RedisCommand("CLIENT", "ID"))
      await #expect(throws: RedisError.timeout) { try await redis.send(wait("1"), deadline: .milliseconds(100)) }
      for number in 0..<200 {
        #expect(try await redis.send(RedisCommand("ECHO", RedisArgument(number))).int == Int64(number))
      }
      #expect(try await redis.send(RedisCommand("CLIENT", "ID")) == id, "the connection was given up")
    }
  }

  @Test("a pipeline that is too late is a timeout, and the next one is answered")
  func pipeline() async throws {
    try await TestRedis.with { redis in
      await #expect(throws: RedisError.timeout) {
        try await redis.pipeline([RedisCommand("PING"), wait("1"), RedisCommand("PING")], deadline: .milliseconds(100))
      }
      let next = try await redis.pipeline([RedisCommand("ECHO", "a"), RedisCommand("ECHO", "b")])
      #expect(next.map(\.string) == ["a", "b"])
    }
  }

  @Test("a command beyond the limit of pending ones is refused at once, until there is room")
  func full() async throws {
    try await TestRedis.with(maximumInFlight: 8) { redis in
      let waiting = Task {
        try await redis.pipeline([wait("1")] + (1..<8).map { RedisCommand("ECHO", RedisArgument($0)) })
      }
      let refused: Bool? = await eventually {
        do throws(RedisError) {
          try await redis.send(RedisCommand("PING"), deadline: .milliseconds(1))
        } catch {
          return error == .queueFull ? true : nil
        }
        return nil
      }
      #expect(refused == true && RedisError.queueFull.isUnavailable)
      _ = await waiting.result
      let room: RedisValue? = await eventually { try? await redis.send(RedisCommand("ECHO", "room")) }
      #expect(room?.string == "room")
    }
  }

  @Test("there is room for the next commands as soon as the replies have come")
  func room() async throws {
    try await TestRedis.with(maximumInFlight: 50) { redis in
      for round in 0..<50 {
        let replies = try await redis.pipeline((0..<50).map { RedisCommand("ECHO", RedisArgument(round * 50 + $0)) })
        #expect(replies.map(\.int) == (0..<50).map { Int64(round * 50 + $0) })
      }
    }
  }
}

private final class Patience: Sendable {
  private let ended = Mutex(false)

  var hasEnded: Bool { ended.withLock { $0 } }
  func end() { ended.withLock { $0 = true } }
}
