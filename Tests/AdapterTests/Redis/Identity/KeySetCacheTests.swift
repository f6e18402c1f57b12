import Application
import Fakes
import Foundation
import RedisAdapter
import RedisDriver
import Testing

/// The behaviour of every `KeySetCache`. There is one copy, so the tests run in turn, in a database that no other suite
/// uses.
@Suite("The cached key set", .serialized)
struct KeySetCacheTests {
  enum Kind: CaseIterable { case memory, redis }

  private func with(_ kind: Kind, _ body: @Sendable (any KeySetCache) async throws -> Void) async throws {
    switch kind {
    case .memory: try await body(InMemoryKeySetCache())
    case .redis:
      try await TestRedis.with(database: 9) { redis in
        try await redis.send(RedisCommand("DEL", RedisArgument(Keyspace.keySet)))
        try await body(RedisKeySetCache(redis: redis))
      }
    }
  }

  @Test("the cache is empty at first", arguments: Kind.allCases)
  func absent(_ kind: Kind) async throws {
    try await with(kind) { copy in #expect(await copy.read() == nil) }
  }

  @Test("the cache holds exactly what was last written", arguments: Kind.allCases)
  func written(_ kind: Kind) async throws {
    try await with(kind) { copy in
      for text in [#"{"keys":[{"kty":"OKP","kid":"a"}]}"#, #"{"keys":[]}"#, "", "é\r\n\u{1F511}"] {
        await copy.write(text)
        #expect(await copy.read() == text)
      }
    }
  }

  @Test("the cached key set does not expire: a service may start long after auth went away")
  func lasts() async throws {
    try await TestRedis.with(database: 9) { redis in
      await RedisKeySetCache(redis: redis).write("{}")
      let left = try await redis.send(RedisCommand("TTL", RedisArgument(Keyspace.keySet)))
      #expect(left == .integer(-1))
    }
  }

  @Test("the cache is empty while the store is away, and writing it then is no error")
  func away() async throws {
    let memory = InMemoryKeySetCache("{}")
    memory.setAway(true)
    for copy in [memory, RedisKeySetCache(redis: try TestRedis.away())] as [any KeySetCache] {
      await copy.write(#"{"keys":[]}"#)
      #expect(await copy.read() == nil)
    }
    memory.setAway(false)
    #expect(await memory.read() == "{}")
  }
}
