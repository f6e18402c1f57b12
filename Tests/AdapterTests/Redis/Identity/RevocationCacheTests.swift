import Application
import Domain
import Fakes
import Foundation
import RedisDriver
import TestInfrastructure
import Testing

@testable import RedisAdapter

/// The behaviour of every copy of the revocations. Whether the copy is complete concerns all users, so the tests run in
/// turn, in a database that no other suite uses.
@Suite("The revocation store", .serialized)
struct RevocationCacheTests {
  enum Kind: CaseIterable { case memory, redis }

  typealias Copy = RevocationChecker & RevocationCache

  /// Runs the body with an incomplete copy, and a function that advances the clock for a user.
  private func with(
    _ kind: Kind, _ body: @Sendable (any Copy, @Sendable (UserID, Duration) async throws -> Void) async throws -> Void
  ) async throws {
    switch kind {
    case .memory:
      let copy = InMemoryRevocationCache()
      try await body(copy) { copy.advance($1) }
    case .redis:
      try await TestRedis.with(database: 9) { redis in
        _ = try await redis.send(RedisCommand([RedisArgument("DEL")] + markers))
        try await body(RedisRevocationCache(redis: redis)) { user, duration in
          try await TestRedis.age(Keyspace.revoked(user, in: Shard(of: user)), by: duration, redis)
        }
      }
    }
  }

  private var markers: [RedisArgument] { Shard.all.map { RedisArgument(Keyspace.revocations($0)) } }
  private let issued = Date(timeIntervalSince1970: 1_800_000_000)

  private func token(_ user: UserID, _ device: DeviceID = DeviceID(UUID()), at date: Date? = nil) -> AccessTokenClaims {
    let date = date ?? issued
    return AccessTokenClaims(
      userID: user, deviceID: device, scope: [], issuedAt: date, authenticatedAt: date, expiresAt: date + 86_400)
  }

  @Test("no token is accepted until the copy of the revocations is complete", arguments: Kind.allCases)
  func incomplete(_ kind: Kind) async throws {
    try await with(kind) { copy, _ in
      let (user, device) = (UserID(UUID()), DeviceID(UUID()))
      #expect(try await !copy.isComplete())
      try await copy.revoke(device, user: user)
      try await copy.fill(with: [Revocation(user: user, device: device, cutoff: issued)], whole: false)
      #expect(try await !copy.isComplete())
      await #expect(throws: AccessTokenError.revocationsUnavailable) { try await copy.isRevoked(token(user, device)) }
      await #expect(throws: AccessTokenError.revocationsUnavailable) { try await copy.isRevoked(token(UserID(UUID()))) }
      try await copy.fill(with: [], whole: true)
      #expect(try await copy.isComplete())
      // The complete copy includes what was added before.
      #expect(try await copy.isRevoked(token(user, device)))
      #expect(try await !copy.isRevoked(token(UserID(UUID()))))
    }
  }

  @Test(
    "a device's revocation ends its tokens, whenever they were issued, and no other device's", arguments: Kind.allCases)
  func device(_ kind: Kind) async throws {
    try await with(kind) { copy, _ in
      let (user, first, second, third) = (UserID(UUID()), DeviceID(UUID()), DeviceID(UUID()), DeviceID(UUID()))
      try await copy.fill(with: [Revocation(user: user, device: first, cutoff: issued)], whole: true)
      try await copy.revoke(second, user: user)
      for device in [first, second] {
        #expect(try await copy.isRevoked(token(user, device)))
        #expect(try await copy.isRevoked(token(user, device, at: issued + 3_600)))
      }
      #expect(try await !copy.isRevoked(token(user, third)))
      #expect(try await !copy.isRevoked(token(UserID(UUID()), first)))
    }
  }

  @Test(
    "a user's revocation ends all tokens issued up to the cutoff, to the second, and no later one",
    arguments: Kind.allCases)
  func cutoff(_ kind: Kind) async throws {
    try await with(kind) { copy, _ in
      let user = UserID(UUID())
      try await copy.fill(with: [Revocation(user: user, device: nil, cutoff: issued + 0.7)], whole: true)
      #expect(try await copy.isRevoked(token(user, at: issued - 3_600)))
      #expect(try await copy.isRevoked(token(user, at: issued)))
      #expect(try await !copy.isRevoked(token(user, at: issued + 1)))
      #expect(try await !copy.isRevoked(token(UserID(UUID()), at: issued)))
    }
  }

  @Test("a user's latest cutoff is kept, in any order of arrival", arguments: Kind.allCases)
  func latest(_ kind: Kind) async throws {
    try await with(kind) { copy, _ in
      let (one, other) = (UserID(UUID()), UserID(UUID()))
      func cutoffs(_ user: UserID, _ seconds: [Double]) -> [Revocation] {
        seconds.map { Revocation(user: user, device: nil, cutoff: issued + $0) }
      }
      try await copy.fill(with: cutoffs(one, [60, 600, 0]) + cutoffs(other, [600]), whole: true)
      try await copy.fill(with: cutoffs(other, [0]), whole: false)
      for user in [one, other] {
        #expect(try await copy.isRevoked(token(user, at: issued + 600)))
        #expect(try await !copy.isRevoked(token(user, at: issued + 601)))
      }
    }
  }

  @Test("filling the copy again adds to it, and never empties it", arguments: Kind.allCases)
  func again(_ kind: Kind) async throws {
    try await with(kind) { copy, _ in
      // A user in each shard.
      let users = (0..<200).map { _ in UserID(UUID()) }
      let all = users.map { Revocation(user: $0, device: nil, cutoff: issued) }
      try await copy.fill(with: all, whole: true)
      try await copy.fill(with: [], whole: true)
      try await copy.fill(with: [all[0]], whole: false)
      #expect(try await copy.isComplete())
      for user in users { #expect(try await copy.isRevoked(token(user))) }
    }
  }

  @Test("a revocation is kept longer than any token is valid", arguments: Kind.allCases)
  func age(_ kind: Kind) async throws {
    try await with(kind) { copy, turn in
      let (user, device) = (UserID(UUID()), DeviceID(UUID()))
      try await copy.fill(with: [], whole: true)
      try await copy.revoke(device, user: user)
      try await turn(user, .seconds(24 * 3_600 + 60))
      #expect(try await copy.isRevoked(token(user, device)))
      // A later revocation of the same user restarts the time for both.
      try await copy.revoke(DeviceID(UUID()), user: user)
      try await turn(user, .seconds(24 * 3_600 + 60))
      #expect(try await copy.isRevoked(token(user, device)))
      try await turn(user, .seconds(3_600))
      #expect(try await !copy.isRevoked(token(user, device)))
    }
  }

  @Test("no token is accepted where a part of the copy is missing")
  func part() async throws {
    try await with(.redis) { copy, _ in
      let user = UserID(UUID())
      try await copy.fill(with: [], whole: true)
      #expect(try await !copy.isRevoked(token(user)))
      try await TestRedis.with(database: 9) { redis in
        _ = try await redis.send(RedisCommand("DEL", RedisArgument(Keyspace.revocations(Shard(of: user)))))
      }
      #expect(try await !copy.isComplete())
      await #expect(throws: AccessTokenError.revocationsUnavailable) { try await copy.isRevoked(token(user)) }
    }
  }

  @Test("a new connection drops a copy that was completed in another run of Redis, and keeps one of this run")
  func otherRun() async throws {
    try await with(.redis) { copy, _ in
      let (user, device) = (UserID(UUID()), DeviceID(UUID()))
      try await copy.fill(with: [Revocation(user: user, device: device, cutoff: issued)], whole: true)
      var configuration = try RedisConfiguration(url: try TestRedis.url(database: 9), connections: 1)
      configuration.firstCommands = [RedisRevocationCache.dropForeignMarkers]
      let connected = configuration
      func connect() async throws {
        try await TestRedis.with(connected) { redis in
          let pong: Bool? = await eventually { (try? await redis.send(RedisCommand("PING"))).map { _ in true } }
          #expect(pong == true)
        }
      }
      try await connect()
      #expect(try await copy.isComplete())
      // As in a file of an earlier run.
      try await TestRedis.with(database: 9) { redis in
        let marker = RedisArgument(Keyspace.revocations(Shard(of: user)))
        _ = try await redis.send(RedisCommand("SET", marker, RedisArgument(String(repeating: "f", count: 40))))
      }
      #expect(try await copy.isRevoked(token(user, device)))
      try await connect()
      #expect(try await !copy.isComplete())
      await #expect(throws: AccessTokenError.revocationsUnavailable) { try await copy.isRevoked(token(user)) }
      try await copy.fill(with: [], whole: true)
      try await connect()
      #expect(try await copy.isComplete())
    }
  }

  @Test("the in-memory store forgets everything at once, as an emptied Redis does")
  func lost() async throws {
    let copy = InMemoryRevocationCache()
    let (user, device) = (UserID(UUID()), DeviceID(UUID()))
    try await copy.fill(with: [Revocation(user: user, device: device, cutoff: issued)], whole: true)
    copy.lose()
    #expect(try await !copy.isComplete())
    try await copy.fill(with: [], whole: true)
    #expect(try await !copy.isRevoked(token(user, device)))
  }

  @Test("while the store is away no token is accepted, and no revocation is stored")
  func away() async throws {
    let memory = InMemoryRevocationCache()
    try await memory.fill(with: [], whole: true)
    memory.setAway(true)
    for copy in [memory, RedisRevocationCache(redis: try TestRedis.away())] as [any Copy] {
      await #expect(throws: AccessTokenError.revocationsUnavailable) { try await copy.isRevoked(token(UserID(UUID()))) }
      await #expect(throws: (any Error).self) { try await copy.revoke(DeviceID(UUID()), user: UserID(UUID())) }
      await #expect(throws: (any Error).self) { try await copy.isComplete() }
      await #expect(throws: (any Error).self) { try await copy.fill(with: [], whole: true) }
    }
  }
}
