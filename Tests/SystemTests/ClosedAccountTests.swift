import Foundation
import PostgresDriver
import Testing

@Suite("An account that is closed", .serialized)
struct ClosedAccountTests {
  /// As the auth service does it: the row and the event in one transaction.
  private func close(_ person: Person, _ type: String) async throws {
    let user = try #require(UUID(uuidString: person.id))
    try await person.suite.withDatabase { pool in
      _ = try await pool.transaction { transaction in
        try await transaction.query("UPDATE users SET disabled_at = clock_timestamp() WHERE id = \(user)")
        if type == "user.deleted" {
          try await transaction.query(
            """
            UPDATE users SET email = '', name = NULL, password_hash = NULL, google_sub = NULL, google_linked_at = NULL,
              email_verified_at = NULL, last_login = NULL, scope = '', care_plan_mail = NULL,
              address_problem = 'deleted', deleted_at = clock_timestamp()
            WHERE id = \(user)
            """)
        }
        try await transaction.query(
          """
          INSERT INTO outbox (source, context, type, subject, data)
          VALUES ('auth', 'identity', \(type), \(person.id), \("{\"user_id\":\"\(person.id)\"}"))
          """)
      }
    }
  }

  @Test(
    "a closed account's talk ends, charged to that moment, and it starts no other",
    arguments: ["user.disabled", "user.deleted"])
  func closes(_ type: String) async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    let talk = try await person.startTalk()
    let (charged, last) = try await talk.beat(untilCharged: 600, every: .milliseconds(300))
    try await close(person, type)
    var seq = last
    let gone = try await eventually("the talk ends") {
      seq += 1
      let answer = try await talk.beat(seq)
      return answer.status == 410 ? answer : nil
    }
    #expect(try gone.text("end_reason") == "account_closed")
    #expect(try gone.number("charged_ms") >= charged)
    try await suite.sandbox("POST", "/control/elevenlabs/conversations/\(talk.conversation)/finish", body: [:])
    let refused = try await person.call("POST", "/sessions", body: [:])
    #expect(try refused.status == 403 && refused.text("code") == "account_disabled")
    _ = try await eventually("it is settled") {
      try await person.balance().json["held_ms"] as? Int == 0 ? true : nil
    }
  }
}
