import Domain
import Foundation
import PostgresDriver
import RedisDriver
import Testing

@testable import RedisAdapter

/// The expiry of a hold only leads to a check. The test moves the ledger's clock forward by three minutes.
@Suite("A hold that has expired", .serialized)
struct HoldExpiryTests {
  private func talking(_ suite: Suite) async throws -> Talk {
    let talk = try await Person.signUp(suite, with: 600_000).startTalk()
    try #require(try await talk.beat(1).status == 200)
    return talk
  }

  @Test("a live talk's hold is extended; a talk that Redis lost is settled at its last known figure")
  func asks() async throws {
    let suite = try Suite.running()
    let (live, lost) = (try await talking(suite), try await talking(suite))
    try await suite.forget(lost)
    try await suite.withDatabase { database in
      try await database.query("UPDATE talk_sessions SET metered_ms = 7000 WHERE id = \(lost.id)")
      for talk in [live, lost] { try await talk.expireHolds(database) }
    }
    // The talk goes on meanwhile.
    let beating = Task { try await live.beat(from: 2, untilCharged: 60_000, every: .milliseconds(2_000)) }
    defer { beating.cancel() }
    _ = try await eventually("the live one's hold is extended") { try await live.holdsRunOut() ? nil : true }
    let over = try await eventually("the lost one is settled") {
      let answer = try await lost.person.call("GET", "/sessions/\(lost.id)")
      return answer.json["settled"] as? Bool == true ? answer : nil
    }
    #expect(try over.text("end_reason") == "lost" && over.number("charged_ms") == 7_000)
    #expect(try await lost.person.balance().number("available_ms") == 593_000)
    #expect(try await lost.settlements() == .one)
    #expect(try await live.person.call("GET", "/sessions/\(live.id)").text("state") == "live")
    #expect(try await live.end().status == 200)
  }

  @Test("an expired hold waits while Redis is unavailable")
  func waits() async throws {
    let suite = try Suite.running()
    let talk = try await talking(suite)
    try await suite.dev("kill", "redis")
    let looks = try await suite.looksAtHolds()
    try await suite.withDatabase { try await talk.expireHolds($0) }
    _ = try await eventually("somebody looks") { try await suite.looksAtHolds() > looks ? true : nil }
    #expect(try await talk.holdsRunOut())
    #expect(try await talk.settlements() == .none)
    try await suite.dev("start", "redis")
    _ = try await eventually("the talk goes on") { try await talk.beat(2).status == 200 ? true : nil }
    let beating = Task { try await talk.beat(from: 3, untilCharged: 60_000, every: .milliseconds(2_000)) }
    defer { beating.cancel() }
    _ = try await eventually("its hold is extended") { try await talk.holdsRunOut() ? nil : true }
    #expect(try await talk.end().status == 200)
  }
}

extension Talk {
  fileprivate func expireHolds(_ database: PostgresPool) async throws {
    try await database.query(
      """
      UPDATE holds SET expires_at = clock_timestamp() - interval '1 second'
      WHERE purpose = \("session:" + id) AND closed_at IS NULL
      """)
  }

  fileprivate func holdsRunOut() async throws -> Bool {
    try await person.suite.withDatabase { database in
      let found = try await database.query(
        """
        SELECT bool_or(expires_at < clock_timestamp()) IS TRUE AS out FROM holds
        WHERE purpose = \("session:" + id) AND closed_at IS NULL
        """)
      return try found.rows.first?.get("out") ?? false
    }
  }
}

extension Suite {
  /// How often the session service has looked for expired holds, by Postgres' own count.
  fileprivate func looksAtHolds() async throws -> Int {
    try await withDatabase { database in
      try await database.query("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
      let found = try await database.query(
        """
        SELECT coalesce(sum(calls), 0)::bigint AS calls FROM pg_stat_statements
        WHERE userid = 'talktime_session'::regrole AND query LIKE '%FROM holds h%'
        """)
      return try found.rows.first?.get("calls") ?? 0
    }
  }

  /// Removes the talk from Redis, as if Redis had lost it.
  fileprivate func forget(_ talk: Talk) async throws {
    let session = try #require(SessionID(talk.id))
    _ = try await redis(RedisCommand("DEL", RedisArgument(Keyspace.session(session))))
    _ = try await redis(RedisCommand("ZREM", RedisArgument(Keyspace.deadlines(session.shard)), RedisArgument(talk.id)))
  }
}
