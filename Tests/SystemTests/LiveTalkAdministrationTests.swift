import Foundation
import RedisDriver
import Testing

@Suite("Operators and live talks, through Caddy", .serialized)
struct LiveTalkAdministrationTests {
  private func talking(_ suite: Suite) async throws -> Talk {
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    let talk = try await person.startTalk()
    _ = try await talk.beat(untilCharged: 600, every: .milliseconds(300))
    return talk
  }

  private func listed(_ chief: Person, _ id: String) async throws -> [String: Any]? {
    var cursor: String?
    repeat {
      let path = "/sessions/live?limit=2" + (cursor.map { "&cursor=\($0)" } ?? "")
      let page = try await chief.call("GET", path)
      try #require(page.status == 200, "\(page.json)")
      if let found = page.items.first(where: { $0["id"] as? String == id }) { return found }
      cursor = page.json["next_cursor"] as? String
    } while cursor != nil
    return nil
  }

  @Test("the list describes each talk, and its routes are for operators only")
  func list() async throws {
    let suite = try Suite.running()
    let chief = try await Person.chief(suite)
    let talk = try await talking(suite)
    let other = try await talking(suite)
    let found = try #require(try await listed(chief, talk.id))
    #expect(found["user_id"] as? String == talk.person.id && found["state"] as? String == "live")
    #expect(found["conversation_id"] as? String == talk.conversation && found["agent_id"] is String)
    #expect(found["connected_at"] is String)
    #expect((0...10_000).contains(found["last_beat_age_ms"] as? Int ?? -1))
    let (remaining, charged) = (found["remaining_ms"] as? Int ?? 0, found["charged_ms"] as? Int ?? 0)
    #expect(remaining + charged == 600_000 && charged >= 600)
    let printed = try await suite.talktime("sessions", "live")
    #expect(printed.status == 0 && printed.text.contains(talk.id) && printed.text.contains(other.id))
    for (method, path, body) in [
      ("GET", "/sessions/live", nil), ("GET", "/sessions/drain", nil), ("POST", "/sessions/drain", ["reason": "x"]),
      ("DELETE", "/sessions/drain", ["reason": "x"]),
      ("POST", "/sessions/users/\(other.person.id)/end", ["reason": "x"]),
    ] as [(String, String, [String: Any]?)] {
      #expect(try await talk.person.call(method, path, body: body).status == 403, "\(method) \(path)")
      #expect(try await suite.call(method, path, body: body).status == 401, "\(method) \(path)")
    }
    #expect(try await talk.person.call("POST", "/sessions/\(other.id)/end", body: ["reason": "x"]).status == 404)
    #expect(try await chief.call("GET", "/sessions/live?cursor=bm9uc2Vuc2U").status == 400)
    for talk in [talk, other] { _ = try await talk.end() }
    #expect(try await listed(chief, talk.id) == nil)
  }

  @Test("an operator ends one talk, and all of a user; the reason is recorded")
  func ends() async throws {
    let suite = try Suite.running()
    let chief = try await Person.chief(suite)
    let (first, second, third) = (try await talking(suite), try await talking(suite), try await talking(suite))
    #expect(try await chief.call("POST", "/sessions/users/\(second.person.id)/end", body: [:]).status == 400)
    #expect(try await first.beat(100).status == 200)
    let ended = try await chief.call("POST", "/sessions/\(first.id)/end", body: ["reason": "abuse"])
    #expect(try ended.status == 200 && ended.text("end_reason") == "operator")
    let charged = try ended.number("charged_ms")
    #expect(try await first.person.balance().number("balance_ms") == 600_000 - charged)
    let gone = try await first.beat(101)
    #expect(try gone.status == 410 && gone.text("end_reason") == "operator")
    let all = try await chief.call("POST", "/sessions/users/\(second.person.id)/end", body: ["reason": "fraud"])
    #expect(all.status == 200 && all.items.map { $0["id"] as? String } == [second.id])
    #expect(all.items.first?["end_reason"] as? String == "operator")
    let again = try await chief.call("POST", "/sessions/users/\(second.person.id)/end", body: ["reason": "fraud"])
    #expect(again.status == 200 && again.items.isEmpty)
    let command = try await suite.talktime("sessions", "end-user", third.person.email, "--reason", "by hand")
    #expect(command.status == 0 && command.text.contains(third.id))
    #expect(try await third.beat(100).status == 410)
    let written = try await suite.withDatabase { pool in
      try await pool.query(
        """
        SELECT action || ' ' || subject || ' ' || reason AS what FROM operator_actions
        WHERE subject IN (\(first.id), \(second.person.id), \(third.person.id)) ORDER BY id
        """
      ).rows.map { try $0.get("what", as: String.self) }
    }
    #expect(
      written == [
        "session.end \(first.id) abuse", "session.end_all \(second.person.id) fraud",
        "session.end_all \(third.person.id) by hand",
      ])
    try await suite.dev("talktime", "ledger", "verify")
  }

  @Test("the proof of a charge is for the talk's owner and operators, and it adds up")
  func proof() async throws {
    let suite = try Suite.running()
    let chief = try await Person.chief(suite)
    let talk = try await talking(suite)
    let live = try await talk.person.call("GET", "/sessions/\(talk.id)/proof")
    #expect(try live.status == 409 && live.text("code") == "session_live")
    try await talk.person.buyTenMinutes()
    let begun = ContinuousClock.now
    _ = try await talk.beat(100)
    try await ContinuousClock().sleep(for: .milliseconds(7_800))
    _ = try await talk.beat(101)
    let most = Int((ContinuousClock.now - begun) / .milliseconds(1)) + 1
    let charged = try await talk.end().number("charged_ms")
    let proof = try await talk.person.call("GET", "/sessions/\(talk.id)/proof")
    try #require(proof.status == 200, "\(proof.json)")
    #expect(try proof.number("charged_ms") == charged && proof.text("end_reason") == "user")
    let check = try #require(proof.json["check"] as? [String: Any])
    #expect(check["agrees"] as? Bool == true && check["entries_ms"] as? Int == charged)
    let gaps = try #require((proof.json["gaps"] as? [String: Any])?["items"] as? [[String: Any]])
    #expect(gaps.count == 1 && (7_501...max(7_501, most)).contains(gaps.first?["length_ms"] as? Int ?? 0))
    #expect((proof.json["grants"] as? [[String: Any]])?.first?["amount_ms"] as? Int == 60_000)
    let changes = try #require(proof.json["wallet_changes"] as? [[String: Any]])
    #expect(changes.contains { $0["kind"] as? String == "purchase" && $0["amount_ms"] as? Int == 600_000 })
    #expect(try await chief.call("GET", "/sessions/\(talk.id)/proof").status == 200)
    #expect(try await Person.signUp(suite).call("GET", "/sessions/\(talk.id)/proof").status == 404)
    let text = try await suite.talktime("sessions", "explain", talk.id)
    #expect(text.status == 0 && text.text.contains("✓ charged \(charged) ms"))
    let json = try await suite.talktime("sessions", "explain", talk.id, "--json")
    let read = try JSONSerialization.jsonObject(with: Data(json.text.utf8)) as? [String: Any]
    #expect(read?["charged_ms"] as? Int == charged)
  }

  @Test("a talk's id that begins with a dash is no option of the command")
  func dashed() async throws {
    let suite = try Suite.running()
    for order in [["-AAAAAAAAAAAAAAAAAAAAA", "--json"], ["--json", "-AAAAAAAAAAAAAAAAAAAAA"]] {
      let answer = try await suite.talktime("sessions", "explain", order[0], order[1])
      #expect(answer.status != 0 && answer.text.contains("there is no such talk"), "\(answer.text)")
    }
  }

  @Test("a drain request stops new talks everywhere, and ends none that goes on")
  func order() async throws {
    let suite = try Suite.running()
    let chief = try await Person.chief(suite)
    let talk = try await talking(suite)
    let key = [("Idempotency-Key", UUID().uuidString)]
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    let first = try await person.call("POST", "/sessions", body: [:], headers: key)
    #expect(first.status == 201)
    let order = try await chief.call("POST", "/sessions/drain", body: ["reason": "a move"])
    #expect(order.status == 200 && order.json["draining"] as? Bool == true)
    let refused = try await Person.signUp(suite).call("POST", "/sessions", body: [:])
    #expect(try refused.status == 503 && refused.text("code") == "draining")
    #expect(refused.response.header("retry-after") != nil)
    // A repeated request gets the stored response.
    #expect(try await person.call("POST", "/sessions", body: [:], headers: key).text("id") == first.text("id"))
    #expect(try await talk.beat(100).status == 200)
    #expect(try await talk.end().status == 200)
    let shown = try await suite.talktime("sessions", "drain")
    #expect(shown.text.contains("a move"))
    let off = try await suite.talktime("sessions", "drain", "--off", "--reason", "moved")
    #expect(off.status == 0 && off.text.contains("talks may start"))
    _ = try await person.call("POST", "/sessions/\(first.text("id"))/end")
    #expect(try await person.startTalkIfPossible() != nil)
  }

  @Test("an instance that shuts down starts no talk and serves its beats; another instance continues its talks")
  func instance() async throws {
    let suite = try Suite.running()
    let talk = try await talking(suite)
    let other = try await Person.signUp(suite)
    try await other.buyTenMinutes()
    try await suite.dev("start", "session", "2")
    let second = try suite.past("session", 2)
    let there = Talk(person: talk.person.at(second), id: talk.id, conversation: talk.conversation)
    #expect(try await there.beat(100).status == 200)
    try suite.terminate("session", 2)
    let refused = try await eventually(within: .seconds(5), "it is draining") {
      let answer = try await other.at(second).call("POST", "/sessions", body: [:])
      return answer.status == 503 ? answer : nil
    }
    #expect(try refused.text("code") == "draining")
    #expect(try await there.beat(101).status == 200)
    #expect(try await second.call("GET", "/readyz").status == 503)
    _ = try await eventually("it is gone") {
      (try? await second.call("GET", "/readyz")) == nil ? true : nil
    }
    #expect(try await talk.beat(102).status == 200)
    #expect(try await talk.end().status == 200)
  }
}
