import Foundation
import PostgresDriver
import Testing

@Suite("The way of an event")
struct EventTraceTests {
  private func payment(of person: Person, _ suite: Suite) async throws -> String {
    let owner = "%\(person.id)%"
    return try await eventually("the event of the payment is written") {
      try await suite.withDatabase { pool in
        let row = try await pool.query(
          "SELECT id::text AS id FROM outbox WHERE type = 'payment.captured' AND data LIKE \(owner)"
        ).rows.first
        return try row?.get("id", as: String.self)
      }
    }
  }

  /// The states of a group, one for each entry of the event.
  private func states(_ trace: Answer, _ group: String) -> [String] {
    let deliveries = trace.json["deliveries"] as? [[String: Any]] ?? []
    return deliveries.filter { $0["group"] as? String == group }.compactMap { $0["state"] as? String }
  }

  @Test("a payment is followed from its outbox to its receipt, and a replay of it makes no second one")
  func payment() async throws {
    let suite = try Suite.running()
    let chief = try await Person.chief(suite)
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    let event = try await payment(of: person, suite)
    func trace(entries: Int) async throws -> Answer {
      try await eventually("the event has arrived") {
        let answer = try await chief.call("GET", "/tasks/events/\(event)")
        let groups = ["task", "session.wallet"].map { states(answer, $0) }
        return groups.allSatisfy { $0 == Array(repeating: "acknowledged", count: entries) } ? answer : nil
      }
    }
    let first = try await trace(entries: 1)
    let outbox = try #require(first.json["outbox"] as? [String: Any])
    #expect(outbox["type"] as? String == "payment.captured" && outbox["published_at"] is String)
    #expect(outbox["entry"] is String && outbox["data"] == nil)
    #expect((first.json["inbox"] as? [[String: Any]])?.map { $0["consumer"] as? String } == ["task"])
    #expect((first.json["tasks"] as? [[String: Any]])?.map { $0["type"] as? String } == ["receipt_mail"])
    #expect(try await person.call("GET", "/tasks/events/\(event)").status == 403)
    let dry = try await suite.talktime("streams", "replay", event, "--dry-run")
    #expect(dry.status == 0 && dry.text.contains("1 events would be replayed"), "\(dry.text)")
    let replay = try await chief.call(
      "POST", "/tasks/events/replay", body: ["event_id": event, "reason": "a test"])
    #expect(replay.status == 200 && replay.json["count"] as? Int == 1, "\(replay.json)")
    let second = try await trace(entries: 2)
    #expect((second.json["tasks"] as? [[String: Any]])?.count == 1)
    let text = try await suite.talktime("streams", "trace", event)
    #expect(text.status == 0, "\(text.text)")
    for part in [
      "payment.captured about", "task: tt:{bus}:events:billing", "receipt_mail", "inbox    task acted on it",
    ] {
      #expect(text.text.contains(part), "\(text.text)")
    }
    let balance = try await person.balance()
    #expect(try balance.number("balance_ms") == 600_000)
  }

  @Test("an operator sees how far the groups and the relays are behind")
  func lag() async throws {
    let suite = try Suite.running()
    let lag = try await suite.talktime("streams", "lag", "--most", "3600")
    #expect(lag.status == 0, "\(lag.text)")
    for part in ["BEHIND", "session.wallet", "OUTBOX", "billing"] { #expect(lag.text.contains(part), "\(lag.text)") }
    for most in ["nan", "1e400", "inf", "-nan", "-1"] {
      let refused = try await suite.talktime("streams", "lag", "--most=\(most)")
      #expect(refused.status == 64 && refused.text.contains("--most is a number of seconds"), "\(most) \(refused.text)")
    }
    let unknown = try await suite.talktime("streams", "trace", UUID().uuidString.lowercased())
    #expect(unknown.status != 0 && unknown.text.contains("there is no such event"))
  }
}
