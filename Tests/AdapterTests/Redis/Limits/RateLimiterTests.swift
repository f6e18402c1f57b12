import Application
import Fakes
import Foundation
import RedisAdapter
import RedisDriver
import Testing

/// The behaviour of every `RateLimiter`.
@Suite("Rate limits")
struct RateLimiterTests {
  enum Kind: CaseIterable { case memory, redis }

  /// Runs the body with a limiter, and a function that lets time pass for a subject.
  private func with(
    _ kind: Kind,
    _ body: @Sendable (any RateLimiter, @Sendable (Duration, String) async throws -> Void) async throws -> Void
  ) async throws {
    switch kind {
    case .memory:
      let limiter = InMemoryRateLimiter()
      try await body(limiter) { time, _ in limiter.advance(time) }
    case .redis:
      // The limits use the store's clock, which no test can change: the stored value is made older instead.
      try await TestRedis.with { redis in
        try await body(RedisRateLimiter(redis: redis)) { time, subject in
          let key = RedisArgument(Keyspace.limit("test", subject: subject))
          let stored = try #require(try await redis.send(RedisCommand("GET", key)).string.flatMap { Int64($0) })
          let older = stored - Int64(time / .microseconds(1))
          try await redis.send(RedisCommand("SET", key, RedisArgument(older), "KEEPTTL"))
        }
      }
    }
  }

  private func limit(_ count: Int, per window: Duration) -> RateLimit {
    RateLimit(name: "test", count: count, window: window)
  }

  @Test("a limit allows its number of requests, and reports how many are left", arguments: Kind.allCases)
  func count(_ kind: Kind) async throws {
    try await with(kind) { limiter, _ throws in
      let (limit, subject) = (limit(5, per: .seconds(3_600)), "\(UUID())")
      for left in [4, 3, 2, 1, 0] {
        let decision = try await limiter.take(limit, subject: subject)
        #expect(decision.isAllowed && decision.remaining == left && decision.retryAfter == .zero)
        #expect(decision.moreAfter <= .seconds(720) && decision.moreAfter > .seconds(660))
      }
      let refused = try await limiter.take(limit, subject: subject)
      #expect(!refused.isAllowed && refused.remaining == 0)
      #expect(refused.retryAfter <= .seconds(720) && refused.retryAfter > .seconds(660))
      #expect(refused.moreAfter == refused.retryAfter)
    }
  }

  @Test("a limit allows its number of requests also if the window is no multiple of it", arguments: Kind.allCases)
  func uneven(_ kind: Kind) async throws {
    try await with(kind) { limiter, _ throws in
      for count in [3, 7, 11, 13] {
        let (limit, subject) = (limit(count, per: .seconds(3_600)), "\(UUID())")
        let allowed = try await withThrowingTaskGroup(of: Bool.self) { group in
          for _ in 0..<count * 2 { group.addTask { try await limiter.take(limit, subject: subject).isAllowed } }
          return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(allowed == count)
      }
    }
  }

  @Test("subjects and limits are counted separately", arguments: Kind.allCases)
  func apart(_ kind: Kind) async throws {
    try await with(kind) { limiter, _ throws in
      let (one, other) = ("\(UUID())", "\(UUID())")
      let limit = limit(1, per: .seconds(3_600))
      #expect(try await limiter.take(limit, subject: one).isAllowed)
      #expect(try await !limiter.take(limit, subject: one).isAllowed)
      #expect(try await limiter.take(limit, subject: other).isAllowed)
      let second = RateLimit(name: "test-2", count: 1, window: .seconds(3_600))
      #expect(try await limiter.take(second, subject: one).isAllowed)
    }
  }

  @Test(
    "a limit allows the next request at the reported time, even after requests that were too early",
    arguments: Kind.allCases)
  func retry(_ kind: Kind) async throws {
    try await with(kind) { limiter, pass throws in
      let (limit, subject) = (limit(2, per: .seconds(3_600)), "\(UUID())")
      for _ in 0..<2 { #expect(try await limiter.take(limit, subject: subject).isAllowed) }
      var last = Duration.seconds(1_800)
      for _ in 0..<10 {
        let refused = try await limiter.take(limit, subject: subject)
        #expect(!refused.isAllowed && refused.retryAfter > .zero && refused.retryAfter <= last)
        last = refused.retryAfter
      }
      try await pass(last, subject)
      let again = try await limiter.take(limit, subject: subject)
      #expect(again.isAllowed && again.remaining == 0)
      #expect(try await !limiter.take(limit, subject: subject).isAllowed)
    }
  }

  @Test("a limit is reset at the reported time, also one of less than a second", arguments: Kind.allCases)
  func reset(_ kind: Kind) async throws {
    try await with(kind) { limiter, pass throws in
      let (limit, subject) = (limit(2, per: .milliseconds(900)), "\(UUID())")
      let first = try await limiter.take(limit, subject: subject)
      #expect(first.isAllowed && first.remaining == 1)
      #expect(first.moreAfter > .milliseconds(400) && first.moreAfter <= .milliseconds(450))
      try await pass(first.moreAfter, subject)
      let again = try await limiter.take(limit, subject: subject)
      #expect(again.isAllowed && again.remaining == 1)
    }
  }

  @Test("a limit is undecided while the store is away")
  func away() async throws {
    let memory = InMemoryRateLimiter()
    memory.setAway(true)
    for limiter in [memory, RedisRateLimiter(redis: try TestRedis.away())] as [any RateLimiter] {
      await #expect(throws: RateLimiterError.unavailable) {
        try await limiter.take(limit(1, per: .seconds(1)), subject: "\(UUID())")
      }
    }
  }

  @Test("a limit that is reset leaves no key behind")
  func forgotten() async throws {
    try await TestRedis.with { redis in
      let subject = "\(UUID())"
      _ = try await RedisRateLimiter(redis: redis).take(limit(4, per: .seconds(60)), subject: subject)
      let left = try await redis.send(RedisCommand("PTTL", RedisArgument(Keyspace.limit("test", subject: subject))))
      #expect((1...15_001).contains(left.int ?? 0))
    }
  }
}
