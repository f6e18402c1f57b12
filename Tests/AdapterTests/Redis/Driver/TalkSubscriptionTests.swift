import TestInfrastructure
import Testing

@testable import RedisDriver

@Suite("Messages of pub/sub", .timeLimit(.minutes(1)))
struct TalkSubscriptionTests {
  private func subscribers(_ channel: String, _ redis: RedisClient) async throws -> Int64 {
    let reply = try await redis.send(RedisCommand("PUBSUB", "NUMSUB", RedisArgument(channel)))
    return reply.array?.last?.int ?? 0
  }

  private func publish(_ channel: String, _ text: String, _ redis: RedisClient) async throws {
    try await redis.send(RedisCommand("PUBLISH", RedisArgument(channel), RedisArgument(text)))
  }

  @Test("messages come in their order from channels and patterns, while commands go on")
  func messages() async throws {
    try await TestRedis.with { redis in
      let channels = (0..<3).map { _ in TestRedis.key("channel") }
      let family = TestRedis.key("family")
      let reader = Task {
        var heard: [RedisPubSubMessage] = []
        for try await case .message(let message) in redis.subscribe(channels, patterns: ["\(family):*"]) {
          heard.append(message)
          if heard.count == 101 { break }
        }
        return heard
      }
      // The pattern is subscribed last: once it receives a message, all do.
      let heard: Bool? = try await eventually {
        try await redis.send(RedisCommand("PUBLISH", RedisArgument("\(family):x"), "first")).int == 1 ? true : nil
      }
      #expect(heard == true)
      for number in 0..<100 {
        try await publish(channels[number % 3], "\(number)", redis)
        #expect(try await redis.send(RedisCommand("ECHO", "x")).string == "x")
      }
      let messages = try await reader.value
      #expect(messages.first == RedisPubSubMessage("\(family):x", "first"))
      #expect(messages.dropFirst() == (0..<100).map { RedisPubSubMessage(channels[$0 % 3], "\($0)") }[...])
    }
  }

  @Test("messages that come while the subscription is being made are not lost")
  func early() async throws {
    // The message is between the two confirmations, while a command waits for its reply.
    let script: ScriptedServer.Script = { read, _ in
      if read.contains("PSUBSCRIBE") {
        return "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$5\r\nearly\r\n*3\r\n$10\r\npsubscribe\r\n$1\r\np\r\n:2\r\n"
      }
      return "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n"
    }
    try await ScriptedServer.with(script) { _, url in
      let client = try TestRedis.client(RedisConfiguration(url: url))
      var messages = client.subscribe(["c"], patterns: ["p"]).makeAsyncIterator()
      let first = try await messages.next()
      #expect(first == .message(RedisPubSubMessage("c", "early")))
      let second = try await messages.next()
      #expect(second == .begun)
    }
  }

  @Test("messages end with the connection, so that a subscriber can look for missed changes")
  func lost() async throws {
    // In a database without other subscribers.
    try await TestRedis.with(database: 10) { redis in
      let channel = TestRedis.key("channel")
      let reader = Task {
        var count = 0
        for try await case .message in redis.subscribe([channel]) { count += 1 }
        return count
      }
      let there: Bool? = try await eventually { try await subscribers(channel, redis) == 1 ? true : nil }
      try #require(there == true)
      try await publish(channel, "one", redis)
      let list = try await redis.send(RedisCommand("CLIENT", "LIST", "TYPE", "pubsub")).string ?? ""
      let line = try #require(list.split(separator: "\n").first { $0.contains(" db=10 ") })
      let id = try #require(line.split(separator: " ").first { $0.hasPrefix("id=") }?.dropFirst(3))
      try await redis.send(RedisCommand("CLIENT", "KILL", "ID", RedisArgument(String(id))))
      #expect(try await reader.value == 1)
    }
  }

  @Test("messages stop when their reader is cancelled, and the connection ends")
  func left() async throws {
    try await TestRedis.with { redis in
      let channel = TestRedis.key("channel")
      let reader = Task { for try await _ in redis.subscribe([channel]) {} }
      let there: Bool? = try await eventually { try await subscribers(channel, redis) == 1 ? true : nil }
      #expect(there == true)
      reader.cancel()
      let gone: Bool? = try await eventually { try await subscribers(channel, redis) == 0 ? true : nil }
      #expect(gone == true)
    }
  }

  @Test("if Redis refuses the subscription, the reader gets an error")
  func refused() async throws {
    try await ScriptedServer.with({ _, _ in "-NOPERM no channels\r\n" }) { _, url in
      let client = try TestRedis.client(RedisConfiguration(url: url))
      await #expect(throws: RedisError.server(code: "NOPERM", message: "NOPERM no channels")) {
        for try await _ in client.subscribe(["c"]) {}
      }
    }
  }
}

extension RedisPubSubMessage {
  fileprivate init(_ channel: String, _ text: String) { self.init(channel: channel, payload: Array(text.utf8)) }
}
