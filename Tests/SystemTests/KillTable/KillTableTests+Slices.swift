import Foundation
import PostgresDriver
import Testing

extension KillTableTests {
  /// A talk whose first slice took everything, with ten more minutes in the wallet afterwards: the next beat requests
  /// slice 2.
  private func wanting(_ suite: Suite) async throws -> Talk {
    let talk = try await Person.signUp(suite, with: 20_000).startTalk()
    #expect(try await talk.beat(1).status == 200)
    try await talk.person.receive(600_000)
    return talk
  }

  @Test("the service, with slice 2 held and not recorded in Redis: the slice is requested again and held once")
  func sliceUntold() async throws {
    let suite = try Suite.running()
    var found: Talk?
    try await suite.behindProxies("session") { redis, _ in
      let talk = try await wanting(suite)
      redis.stop(at: Script.grant)
      #expect(try await talk.beat(2).status == 200)
      try await redis.reached()
      #expect(try await talk.slices() == ["slice:1", "slice:2"])
      #expect(try await suite.granted(to: talk) == 20_000)
      found = talk
    }
    let talk = try #require(found)
    #expect(try await talk.beat(3).status == 200)
    _ = try await eventually("Redis hears of it") { try await suite.granted(to: talk) == 80_000 ? true : nil }
    #expect(try await talk.slices() == ["slice:1", "slice:2"])
    let bill = try await finish(talk).number("charged_ms")
    try await whole(talk.person, 620_000 - bill)
  }

  @Test("slice 2, requested by two instances at once: the slice is held once")
  func askedByTwo() async throws {
    let suite = try Suite.running()
    try await suite.dev("start", "session", "2")
    let talk = try await wanting(suite)
    let other = Talk(person: try talk.person.at(suite.past("session", 2)), id: talk.id, conversation: "")
    try await suite.withDatabase { database in
      try await database.transaction { transaction in
        try await transaction.query("SELECT 1 FROM wallets WHERE user_id = \(talk.person.uuid) FOR UPDATE")
        #expect(try await talk.beat(2).status == 200)
        _ = try await eventually("the other one has the keys") { try await other.beat(3).status == 200 ? true : nil }
        _ = try await eventually("both wait for the wallet") {
          let waiting = try await database.query(
            """
            SELECT count(*) AS number FROM pg_stat_activity
            WHERE usename = 'talktime_session' AND wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE%'
            """)
          return try waiting.rows.first?.get("number", as: Int.self) == 2 ? true : nil
        }
      }
    }
    _ = try await eventually("Redis hears of it") { try await suite.granted(to: talk) == 80_000 ? true : nil }
    #expect(try await talk.slices() == ["slice:1", "slice:2"])
    try await suite.dev("kill", "session", "2")
    let bill = try await finish(talk).number("charged_ms")
    try await whole(talk.person, 620_000 - bill)
  }

  @Test("slice 2 on its way while the settlement commits: the slice is refused")
  func sliceAfterSettlement() async throws {
    let suite = try Suite.running()
    try await suite.behindProxies("session") { _, postgres in
      let talk = try await wanting(suite)
      postgres.stop(at: Statement.lock, once: true)
      #expect(try await talk.beat(2).status == 200)
      try await postgres.reached()
      let ended = try await talk.end()
      #expect(ended.status == 200)
      postgres.stop(at: "ROLLBACK", .after)
      postgres.release()
      try await postgres.reached()
      postgres.release()
      #expect(try await talk.slices() == ["slice:1"])
      try await whole(talk.person, 620_000 - ended.number("charged_ms"))
    }
  }
}
