import Application
import Fakes
import Foundation
import RedisAdapter
import RedisDriver
import Testing

/// The behaviour of every `GoogleNonceStore`.
@Suite("Nonces")
struct GoogleNonceStoreTests {
  enum Kind: CaseIterable { case memory, redis }

  /// Runs the body with a store, and a function that advances the clock for a nonce.
  private func with(
    _ kind: Kind,
    _ body:
      @Sendable (any GoogleNonceStore, @Sendable (_ nonce: String, Duration) async throws -> Void) async throws -> Void
  ) async throws {
    switch kind {
    case .memory:
      let nonces = InMemoryGoogleNonceStore()
      try await body(nonces) { nonces.advance($1) }
    case .redis:
      try await TestRedis.with { redis in
        try await body(RedisGoogleNonceStore(redis: redis)) {
          try await TestRedis.age(Keyspace.nonce($0), by: $1, redis)
        }
      }
    }
  }

  @Test("a nonce is valid once", arguments: Kind.allCases)
  func once(_ kind: Kind) async throws {
    try await with(kind) { nonces, _ throws in
      let (nonce, other) = ("\(UUID())", "\(UUID())")
      try await nonces.keep(nonce)
      try await nonces.keep(other)
      for _ in 0..<2 { #expect(try await nonces.isKept(nonce)) }
      #expect(try await nonces.consume(nonce))
      #expect(try await !nonces.isKept(nonce))
      #expect(try await !nonces.consume(nonce))
      #expect(try await nonces.consume(other))
    }
  }

  @Test("a nonce that was not issued is invalid", arguments: Kind.allCases)
  func unknown(_ kind: Kind) async throws {
    try await with(kind) { nonces, _ throws in
      #expect(try await !nonces.isKept("\(UUID())"))
      #expect(try await !nonces.consume("\(UUID())"))
    }
  }

  @Test("a nonce is valid for one of many simultaneous uses", arguments: Kind.allCases)
  func race(_ kind: Kind) async throws {
    try await with(kind) { nonces, _ throws in
      let nonce = "\(UUID())"
      try await nonces.keep(nonce)
      let good = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<50 { group.addTask { try await nonces.consume(nonce) } }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(good == 1)
    }
  }

  @Test("a nonce is valid for five minutes", arguments: Kind.allCases)
  func expiry(_ kind: Kind) async throws {
    try await with(kind) { nonces, turn throws in
      let nonce = "\(UUID())"
      try await nonces.keep(nonce)
      try await turn(nonce, .seconds(290))
      #expect(try await nonces.consume(nonce))
      try await nonces.keep(nonce)
      try await turn(nonce, .seconds(301))
      #expect(try await !nonces.isKept(nonce))
      #expect(try await !nonces.consume(nonce))
    }
  }

  @Test("nonces cannot be issued or checked while the store is away")
  func away() async throws {
    let memory = InMemoryGoogleNonceStore()
    memory.setAway(true)
    for nonces in [memory, RedisGoogleNonceStore(redis: try TestRedis.away())] as [any GoogleNonceStore] {
      await #expect(throws: IdentityError.unavailable) { try await nonces.keep("n") }
      await #expect(throws: IdentityError.unavailable) { try await nonces.isKept("n") }
      await #expect(throws: IdentityError.unavailable) { try await nonces.consume("n") }
    }
  }
}
