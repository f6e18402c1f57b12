import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import Testing

enum IdempotencyStoreKind: CaseIterable { case memory, postgres }

/// The port, with a clock that the test controls.
private struct IdempotencyStoreStage: Sendable {
  let answers: any IdempotencyStore
  let advance: @Sendable (Duration) async throws -> Void

  static func with(_ kind: IdempotencyStoreKind, _ body: @Sendable (IdempotencyStoreStage) async throws -> Void)
    async throws
  {
    switch kind {
    case .memory:
      let clock = FakeClock()
      try await body(
        IdempotencyStoreStage(answers: InMemoryIdempotencyStore(clock: clock), advance: { clock.advance($0) }))
    case .postgres:
      try await withMigratedDatabase(connections: 16) { database in
        try await body(
          IdempotencyStoreStage(answers: PostgresIdempotencyStore(database: database.pool)) { duration in
            // The server's clock cannot be changed, so the rows are made older.
            let seconds = duration.components.seconds
            try await database.pool.query(
              """
              UPDATE idempotency_answers SET lease_until = lease_until - \(seconds) * interval '1 second',
                created_at = created_at - \(seconds) * interval '1 second'
              """)
          })
      }
    }
  }
}

@Suite("Answers kept for Idempotency-Keys", .serialized)
struct IdempotencyStoreContract {
  private let key = IdempotencyKey(user: UserID(UUID()), route: "POST /billing/orders", key: "k")
  private let fingerprint: [UInt8] = [0, 1, 255]
  private let answer = IdempotentResponse(status: 201, body: [0x7B, 0, 0xFF, 0x7D])

  private func token(_ start: IdempotentStart) throws -> Int64 {
    guard case .first(let token) = start else { throw NotFirst(start: start) }
    return token
  }
  private struct NotFirst: Error { let start: IdempotentStart }

  @Test(
    "the first request runs; a second one is answered that it is in progress, and later with the first's answer",
    arguments: IdempotencyStoreKind.allCases)
  func answered(kind: IdempotencyStoreKind) async throws {
    try await IdempotencyStoreStage.with(kind) { store in
      let token = try token(try await store.answers.begin(key, fingerprint: fingerprint))
      #expect(try await store.answers.begin(key, fingerprint: fingerprint) == .inFlight)
      try await store.answers.keep(answer, for: key, token: token)
      for _ in 0..<2 {
        #expect(try await store.answers.begin(key, fingerprint: fingerprint) == .answered(answer))
      }
    }
  }

  @Test(
    "another body under the same key is recognized, before and after the answer",
    arguments: IdempotencyStoreKind.allCases)
  func differs(kind: IdempotencyStoreKind) async throws {
    try await IdempotencyStoreStage.with(kind) { store in
      let token = try token(try await store.answers.begin(key, fingerprint: fingerprint))
      #expect(try await store.answers.begin(key, fingerprint: [2]) == .differs)
      try await store.answers.keep(answer, for: key, token: token)
      #expect(try await store.answers.begin(key, fingerprint: [2]) == .differs)
    }
  }

  @Test("another user, route or key is another request", arguments: IdempotencyStoreKind.allCases)
  func scope(kind: IdempotencyStoreKind) async throws {
    try await IdempotencyStoreStage.with(kind) { store in
      let keys = [
        key, IdempotencyKey(user: UserID(UUID()), route: key.route, key: key.key),
        IdempotencyKey(user: key.user, route: "POST /billing/verify", key: key.key),
        IdempotencyKey(user: key.user, route: key.route, key: "K"),
      ]
      for key in keys { _ = try token(try await store.answers.begin(key, fingerprint: fingerprint)) }
    }
  }

  @Test("of sixteen simultaneous requests one is the first", arguments: IdempotencyStoreKind.allCases)
  func racing(kind: IdempotencyStoreKind) async throws {
    try await IdempotencyStoreStage.with(kind) { store in
      let starts = try await withThrowingTaskGroup(of: IdempotentStart.self) { group in
        for _ in 0..<16 { group.addTask { try await store.answers.begin(key, fingerprint: fingerprint) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(starts.count(where: { $0 == .inFlight }) == 15)
      #expect(starts.count(where: { if case .first = $0 { true } else { false } }) == 1)
    }
  }

  @Test(
    "a key is taken over when its owner's half minute is over, and the late owner stores nothing",
    arguments: IdempotencyStoreKind.allCases)
  func takenOver(kind: IdempotencyStoreKind) async throws {
    try await IdempotencyStoreStage.with(kind) { store in
      let late = try token(try await store.answers.begin(key, fingerprint: fingerprint))
      try await store.advance(.seconds(25))
      #expect(try await store.answers.begin(key, fingerprint: fingerprint) == .inFlight)
      try await store.advance(.seconds(6))
      let owner = try token(try await store.answers.begin(key, fingerprint: fingerprint))
      #expect(owner != late)
      try await store.answers.keep(IdempotentResponse(status: 500, body: []), for: key, token: late)
      try await store.answers.abandon(key, token: late)
      #expect(try await store.answers.begin(key, fingerprint: fingerprint) == .inFlight)
      try await store.answers.keep(answer, for: key, token: owner)
      #expect(try await store.answers.begin(key, fingerprint: fingerprint) == .answered(answer))
    }
  }

  @Test("a slow owner whose key was not taken over still stores its answer", arguments: IdempotencyStoreKind.allCases)
  func slow(kind: IdempotencyStoreKind) async throws {
    try await IdempotencyStoreStage.with(kind) { store in
      let token = try token(try await store.answers.begin(key, fingerprint: fingerprint))
      try await store.advance(.seconds(60))
      try await store.answers.keep(answer, for: key, token: token)
      #expect(try await store.answers.begin(key, fingerprint: fingerprint) == .answered(answer))
    }
  }

  @Test("an abandoned key is free, for another body too", arguments: IdempotencyStoreKind.allCases)
  func abandoned(kind: IdempotencyStoreKind) async throws {
    try await IdempotencyStoreStage.with(kind) { store in
      let token = try token(try await store.answers.begin(key, fingerprint: fingerprint))
      try await store.answers.abandon(key, token: token)
      _ = try self.token(try await store.answers.begin(key, fingerprint: [2]))
      #expect(try await store.answers.begin(key, fingerprint: [2]) == .inFlight)
    }
  }

  @Test(
    "an owner that began before the key was abandoned stores nothing either", arguments: IdempotencyStoreKind.allCases)
  func lateAfterAbandonment(kind: IdempotencyStoreKind) async throws {
    try await IdempotencyStoreStage.with(kind) { store in
      let late = try token(try await store.answers.begin(key, fingerprint: fingerprint))
      try await store.advance(.seconds(31))
      let second = try token(try await store.answers.begin(key, fingerprint: fingerprint))
      try await store.answers.abandon(key, token: second)
      let third = try token(try await store.answers.begin(key, fingerprint: fingerprint))
      #expect(Set([late, second, third]).count == 3)
      try await store.answers.keep(IdempotentResponse(status: 500, body: []), for: key, token: late)
      #expect(try await store.answers.begin(key, fingerprint: fingerprint) == .inFlight)
    }
  }

  @Test("a stored answer is not abandoned, and is deleted after a day", arguments: IdempotencyStoreKind.allCases)
  func day(kind: IdempotencyStoreKind) async throws {
    try await IdempotencyStoreStage.with(kind) { store in
      let token = try token(try await store.answers.begin(key, fingerprint: fingerprint))
      try await store.answers.keep(answer, for: key, token: token)
      try await store.answers.abandon(key, token: token)
      try await store.advance(.seconds(86_000))
      #expect(try await store.answers.begin(key, fingerprint: fingerprint) == .answered(answer))
      try await store.advance(.seconds(500))
      _ = try self.token(try await store.answers.begin(key, fingerprint: [2]))
      #expect(try await store.answers.begin(key, fingerprint: fingerprint) == .differs)
    }
  }
}
