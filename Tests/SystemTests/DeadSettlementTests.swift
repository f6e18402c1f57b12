import Domain
import Foundation
import PostgresDriver
import RedisAdapter
import RedisDriver
import Testing

@Suite("A settlement that the ledger refuses", .serialized)
struct DeadSettlementTests {
  /// The database refuses to settle these talks until the trigger is dropped.
  private func poison(_ talks: [Talk], _ suite: Suite) async throws {
    let ids = talks.map { "'\($0.id)'" }.joined(separator: ", ")
    try await suite.withDatabase { pool in
      _ = try await pool.query(
        PostgresQuery(
          script: """
            CREATE FUNCTION refuse_settlement() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF NEW.settled_at IS NOT NULL AND NEW.id IN (\(ids)) THEN
                RAISE EXCEPTION 'refused by a test' USING ERRCODE = 'check_violation';
              END IF;
              RETURN NEW;
            END $$;
            CREATE TRIGGER refuse_settlement BEFORE UPDATE ON talk_sessions
              FOR EACH ROW EXECUTE FUNCTION refuse_settlement();
            """))
    }
  }

  private func cure(_ suite: Suite) async throws {
    try await suite.withDatabase { pool in
      _ = try await pool.query(PostgresQuery(script: "DROP FUNCTION IF EXISTS refuse_settlement CASCADE"))
    }
  }

  private func talking(_ suite: Suite) async throws -> Talk {
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    let talk = try await person.startTalk()
    _ = try await talk.beat(untilCharged: 600, every: .milliseconds(300))
    return talk
  }

  private func letter(of talk: Talk, _ chief: Person) async throws -> String? {
    let page = try await chief.call("GET", "/tasks/dead-letters?limit=100")
    try #require(page.status == 200, "\(page.json)")
    let found = page.items.first { $0["subject"] as? String == talk.id }
    #expect(found == nil || (found?["type"] as? String == "session.ended" && found?["data"] == nil))
    return found?["id"] as? String
  }

  private func settled(_ talk: Talk, charged: Int) async throws {
    let answer = try await eventually("the talk is settled") {
      let answer = try await talk.person.call("GET", "/sessions/\(talk.id)")
      return answer.json["settled"] as? Bool == true ? answer : nil
    }
    #expect(try answer.number("charged_ms") == charged && answer.text("end_reason") == "user")
    let balance = try await talk.person.balance()
    #expect(try balance.number("balance_ms") == 600_000 - charged && balance.number("held_ms") == 0)
  }

  @Test(
    "the event becomes a dead letter, its holds stay, and a replay or the holds' expiry settles the talk",
    .timeLimit(.minutes(3)))
  func dead() async throws {
    let suite = try Suite.running()
    let chief = try await Person.chief(suite)
    let (replayed, expired) = (try await talking(suite), try await talking(suite))
    try await poison([replayed, expired], suite)
    var charges: [Int] = []
    for talk in [replayed, expired] {
      let ended = try await talk.end()
      #expect(ended.status == 202 && ended.json["settled"] as? Bool == false)
      charges.append(try ended.number("charged_ms"))
    }
    var letters: [String] = []
    for talk in [replayed, expired] {
      letters.append(
        try await eventually(within: .seconds(90), "it is in the dead letters") {
          try await letter(of: talk, chief)
        })
      // The holds are still in place, and no talk is lost.
      #expect(try await talk.person.balance().number("held_ms") == 60_000)
      let key = try key(of: talk)
      #expect(try await suite.redis(RedisCommand("TTL", RedisArgument(key))).int == -1)
    }
    let listed = try await suite.talktime("streams")
    #expect(listed.status == 1 && listed.text.contains(letters[0]) && listed.text.contains("session.settler"))
    let dead = try await suite.talktime("streams", "dead")
    #expect(dead.status == 1 && letters.allSatisfy { dead.text.contains($0) })
    let count = try await suite.metrics("SESSION").sum(
      "talktime_events_total", "group=\"session.settler\"", "outcome=\"dead\"")
    #expect(count >= 2)
    #expect(try await replayed.person.call("GET", "/tasks/dead-letters").status == 403)
    #expect(try await chief.call("GET", "/tasks/streams").items.count >= 20)
    try await cure(suite)
    let replay = try await chief.call("POST", "/tasks/dead-letters/\(letters[0])/replay")
    #expect(replay.status == 200, "\(replay.json)")
    try await settled(replayed, charged: charges[0])
    #expect(try await letter(of: replayed, chief) == nil)
    #expect(try await chief.call("POST", "/tasks/dead-letters/\(letters[0])/replay").status == 404)
    let purpose = "session:\(expired.id)"
    try await suite.withDatabase { pool in
      _ = try await pool.query(
        "UPDATE holds SET expires_at = clock_timestamp() - interval '1 second' WHERE purpose = \(purpose)")
    }
    try await settled(expired, charged: charges[1])
    // A replay finds the talk settled already.
    let late = try await suite.talktime("streams", "replay", letters[1])
    #expect(late.status == 0, "\(late.text)")
    try await settled(expired, charged: charges[1])
    try await suite.dev("talktime", "ledger", "verify")
  }

  private func key(of talk: Talk) throws -> String { Keyspace.session(try #require(SessionID(talk.id))) }
}
