import Foundation
import PostgresDriver
import Testing

/// The life of an account, through Caddy: it is disabled and enabled, exported and deleted.
@Suite("The life of an account", .serialized)
struct AccountLifeTests {
  private func delete(_ person: Person, _ body: [String: Any]) async throws -> Answer {
    try await person.call("DELETE", "/auth/me", body: body)
  }

  private func owned(_ more: [String: Any] = [:]) -> [String: Any] {
    more.merging(["password": Person.password]) { $1 }
  }

  /// Somebody with a name that nobody else has, who has bought, talked and got a care plan.
  private func veteran(_ suite: Suite) async throws -> (person: Person, name: String, talk: Talk) {
    let name = "Zephyrine \(UUID().uuidString.prefix(8))"
    let person = try await Person.signUp(suite)
    #expect(try await person.call("PATCH", "/auth/me", body: ["name": name]).status == 200)
    try await person.verifyEmail()
    let order = try await person.order(["name": name, "address": "1 Lake Road\n\(name)", "state": "Karnataka"])
    let payment = try await suite.sandbox(
      "POST", "/control/razorpay/orders/\(order.razorpayID)/pay",
      body: ["outcome": "captured", "webhooks": 1, "email": person.email]
    ).json
    _ = try await eventually("the payment is captured") {
      try await person.call("POST", "/billing/payments/verify", body: payment).json["status"] as? String == "captured"
        ? true : nil
    }
    let talk = try await person.startTalk()
    _ = try await talk.beat(untilCharged: 600, every: .milliseconds(300))
    #expect(try await talk.end().status == 200)
    _ = try await person.mail("receipt|invoice")
    _ = try await person.mail("care plan")
    return (person, name, talk)
  }

  @Test("nothing is left of a deleted account's address and name, and its tokens are dead on all four services")
  func leavesNothing() async throws {
    let suite = try Suite.running()
    let (person, name, talk) = try await veteran(suite)
    let device = try await person.signInAgain()
    let traces = Traces(suite: suite)
    // That it is found where it is.
    _ = try await eventually("everything is written") {
      let found = try await traces.inTables([person.email, name])
      return [
        "users.email", "users.name", "tax_documents.details", "razorpay_webhooks.body", "buyers.name",
        "account_links.email",
      ].allSatisfy { place in found.contains { $0.hasSuffix(place) } } ? true : nil
    }
    let wrong = try await delete(person, ["password": "another quiet lake", "forfeit": true])
    #expect(try wrong.status == 401 && wrong.text("code") == "invalid_credentials")
    let kept = try await delete(person, owned())
    #expect(try kept.status == 409 && kept.text("code") == "balance_left")
    let balance = try await person.balance().number("balance_ms")
    #expect(try kept.number("balance_ms") == balance && balance > 0)
    try await suite.expect(200, of: person.token)
    #expect(try await delete(person, owned(["forfeit": true])).status == 204)
    for token in [person.token, device.token] { try await suite.expect(401, of: token) }
    #expect(try await suite.call("POST", "/auth/refresh", body: ["refresh_token": device.refresh]).status == 401)
    #expect(try await suite.call("POST", "/auth/login", body: person.login).status == 401)
    var left: [String] = []
    do {
      _ = try await eventually(within: .seconds(60), "nothing is left") {
        left = try await traces.of([person.email, name])
        return left.isEmpty ? true : nil
      }
    } catch {
      Issue.record("still there: \(left)")
    }
    let isGone = try await eventually(within: .seconds(60), "ElevenLabs' copy is gone") {
      try await suite.sandbox("GET", "/control/elevenlabs/conversations").items
        .contains { $0["conversation_id"] as? String == talk.conversation } ? nil : true
    }
    #expect(isGone)
    try await stays(person, talk)
    let anew = try await Person.signUp(suite, email: person.email)
    #expect(anew.id != person.id)
    #expect(try await anew.balance().number("balance_ms") == 0)
    #expect(try await anew.call("GET", "/sessions").items.isEmpty)
  }

  /// Money and talk stay, under the id alone.
  private func stays(_ person: Person, _ talk: Talk) async throws {
    let user = try #require(UUID(uuidString: person.id))
    let (session, counts) = (
      talk.id,
      [
        "ledger": true, "wallets": true, "transactions": true, "tax_documents": true, "talk_sessions": true,
        "care_plans": false, "buyers": false, "sent_mails": false, "mail_attempts": false, "account_links": false,
        "devices": false,
      ]
    )
    try await person.suite.withDatabase { pool in
      for (table, isKept) in counts {
        let rows = try await pool.query(
          PostgresQuery(script: "SELECT 1 AS one FROM \(table) WHERE user_id = '\(user)' LIMIT 1"))
        #expect(rows.rows.isEmpty != isKept, "\(table)")
      }
      let settled = try await pool.query("SELECT charged_ms FROM talk_sessions WHERE id = \(session)").rows.first
      #expect(try settled?.get("charged_ms", as: Int64?.self) ?? 0 > 0)
      let types = try await pool.query("SELECT DISTINCT type FROM tasks WHERE user_id = \(user) ORDER BY type").rows
        .map { try $0.get("type", as: String.self) }
      #expect(types == ["account_erasure", "conversation_erasure"])
    }
    let verified = try await person.suite.talktime("ledger", "verify")
    #expect(verified.status == 0, "\(verified.text)")
  }

  @Test("a deletion during a talk ends it, and nothing more is written of its user")
  func duringTalk() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    let talk = try await person.startTalk()
    let (charged, last) = try await talk.beat(untilCharged: 600, every: .milliseconds(300))
    #expect(try await delete(person, owned()).status == 409)
    #expect(try await delete(person, owned(["forfeit": true])).status == 204)
    #expect(try await talk.beat(last + 1).status == 401)
    let session = talk.id
    let ended = try await eventually("the talk is settled") {
      try await suite.withDatabase { pool -> (String, Int64)? in
        let row = try await pool.query(
          "SELECT end_reason, charged_ms FROM talk_sessions WHERE id = \(session) AND settled_at IS NOT NULL"
        ).rows.first
        return try row.map { (try $0.get("end_reason"), try $0.get("charged_ms")) }
      }
    }
    #expect(ended.0 == "account_closed" && ended.1 >= Int64(charged))
    try await suite.sandbox("POST", "/control/elevenlabs/conversations/\(talk.conversation)/finish", body: [:])
    let user = try #require(UUID(uuidString: person.id))
    // The care plan that follows every talk would come within seconds.
    _ = try await eventually(within: .seconds(90), "the conversation is erased") {
      try await suite.withDatabase { pool -> Bool? in
        let rows = try await pool.query(
          """
          SELECT status FROM tasks WHERE user_id = \(user) AND type = 'conversation_erasure' AND status = 'completed'
          """)
        return rows.rows.isEmpty ? nil : true
      }
    }
    try await suite.withDatabase { pool in
      let plans = try await pool.query("SELECT 1 AS one FROM care_plans WHERE user_id = \(user)").rows
      #expect(plans.isEmpty)
      let others = try await pool.query(
        "SELECT 1 AS one FROM tasks WHERE user_id = \(user) AND type NOT LIKE '%erasure'")
      #expect(others.rows.isEmpty)
    }
  }

  @Test("a payment that arrives after the deletion goes back, and credits nobody")
  func latePayment() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let order = try await person.order()
    #expect(try await delete(person, owned()).status == 204)
    try await suite.sandbox(
      "POST", "/control/razorpay/orders/\(order.razorpayID)/pay",
      body: ["outcome": "captured", "webhooks": 1, "email": person.email])
    let user = try #require(UUID(uuidString: person.id))
    _ = try await eventually(within: .seconds(60), "the payment goes back") {
      try await suite.withDatabase { pool -> Bool? in
        let sent = try await pool.query(
          """
          SELECT 1 AS one FROM refunds r JOIN transactions t ON t.id = r.transaction_id
          WHERE t.user_id = \(user) AND r.origin = 'surplus' AND r.razorpay_refund_id IS NOT NULL
          """)
        return sent.rows.isEmpty ? nil : true
      }
    }
    try await suite.withDatabase { pool in
      let entries = try await pool.query("SELECT 1 AS one FROM ledger WHERE user_id = \(user)").rows
      #expect(entries.isEmpty)
    }
    // A report that is tried again keeps its content until it is handled.
    let subject = order.razorpayID
    _ = try await eventually(within: .seconds(30), "the reports that are handled lose their content") {
      try await suite.withDatabase { pool -> Bool? in
        let row = try await pool.query(
          """
          SELECT count(*) FILTER (WHERE done_at IS NOT NULL) AS done,
            count(*) FILTER (WHERE done_at IS NOT NULL AND length(body) > 0) AS kept
          FROM razorpay_webhooks WHERE subject = \(subject)
          """
        ).rows.first
        return try row?.get("done", as: Int.self) ?? 0 > 0 && row?.get("kept", as: Int.self) == 0 ? true : nil
      }
    }
  }

  @Test("an operator disables an account: its tokens and its talk end, nobody signs in; and enables it again")
  func disables() async throws {
    let suite = try Suite.running()
    let chief = try await Person.chief(suite)
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    let device = try await person.signInAgain()
    #expect(try await suite.call("POST", "/auth/password/forgot", body: ["email": person.email]).status == 202)
    let reset = ["token": try await person.link("choose a new password", "reset"), "password": "another mountain lake"]
    let talk = try await person.startTalk()
    _ = try await talk.beat(untilCharged: 300, every: .milliseconds(300))
    let found = try await chief.call("GET", "/auth/users?email=\(person.email.uppercased())").items
    #expect(found.map { $0["id"] as? String } == [person.id] && found[0]["disabled"] as? Bool == false)
    #expect(try await person.call("GET", "/auth/users?email=\(person.email)").status == 403)
    let reason = ["reason": "chargebacks"]
    for who in [person.id, chief.id] {
      #expect(try await person.call("POST", "/auth/users/\(who)/disable", body: reason).status == 403)
    }
    #expect(try await chief.call("POST", "/auth/users/\(chief.id)/disable", body: reason).status == 409)
    for _ in 0..<2 {
      let answer = try await chief.call("POST", "/auth/users/\(person.id)/disable", body: reason)
      #expect(answer.status == 200 && answer.json["disabled"] as? Bool == true)
    }
    for token in [person.token, device.token] { try await suite.expect(401, of: token) }
    #expect(try await suite.call("POST", "/auth/refresh", body: ["refresh_token": device.refresh]).status == 401)
    let refused = try await suite.call("POST", "/auth/login", body: person.login)
    #expect(try refused.status == 403 && refused.text("code") == "account_disabled")
    let mailed = try await suite.call("POST", "/auth/password/reset", body: reset)
    #expect(try mailed.status == 403 && mailed.text("code") == "account_disabled")
    let session = talk.id
    _ = try await eventually("the talk ends") {
      try await suite.withDatabase { pool -> Bool? in
        let row = try await pool.query("SELECT end_reason FROM talk_sessions WHERE id = \(session)").rows.first
        return try row?.get("end_reason", as: String?.self) == "account_closed" ? true : nil
      }
    }
    let enabled = try await suite.talktime("users", "enable", person.email, "--reason", "paid")
    #expect(enabled.status == 0 && enabled.text.contains("enabled"), "\(enabled.text)")
    let again = try await person.signInAgain()
    try await suite.expect(200, of: again.token)
    try await suite.expect(401, of: person.token)
    let (user, actor) = (person.id, chief.id)
    try await suite.withDatabase { pool in
      let rows = try await pool.query(
        "SELECT actor, action, reason FROM operator_actions WHERE subject = \(user) ORDER BY id"
      ).rows
      #expect(try rows.map { try $0.get("action", as: String.self) } == ["user.disable", "user.enable"])
      #expect(try rows.first?.get("actor", as: String.self) == actor)
      #expect(try rows.map { try $0.get("reason", as: String.self) } == ["chargebacks", "paid"])
    }
  }

  @Test("the export has what auth knows of an account, and each address of the rest answers")
  func exports() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let answer = try await person.call("GET", "/auth/me/export")
    #expect(answer.status == 200)
    #expect(answer.response.header("content-disposition")?.contains("attachment") == true)
    let user = try #require(answer.json["user"] as? [String: Any])
    #expect(user["email"] as? String == person.email && user["id"] as? String == person.id)
    #expect((answer.json["devices"] as? [Any])?.count == 1 && (answer.json["mailed_links"] as? [Any])?.count == 1)
    let trail = try #require(answer.json["trail"] as? [[String: Any]])
    #expect(trail.last?["kind"] as? String == "registered" && (answer.json["passkeys"] as? [Any])?.isEmpty == true)
    #expect(user["second_factor"] as? Bool == false && answer.json["second_factor_since"] == nil)
    let others = try #require(answer.json["others"] as? [String: String])
    #expect(others.count >= 6)
    for path in others.values where !path.contains("{") {
      let status = try await person.call("GET", path).status
      #expect(status == 200 || path == "/billing/buyer" && status == 404, "\(path)")
    }
  }

  @Test("a talk starts only after the consent to the current text, and at once then")
  func consents() async throws {
    let suite = try Suite.running()
    let version = ["CONSENT_VERSION": "2026-11"]
    try await suite.withService("auth", version) {
      try await suite.withService("session", version) {
        let person = try await Person.signUp(suite)
        try await person.buyTenMinutes()
        let key = [("Idempotency-Key", UUID().uuidString)]
        let refused = try await person.call("POST", "/sessions", body: [:], headers: key)
        #expect(try refused.status == 403 && refused.text("code") == "consent_required")
        #expect(try refused.text("version") == "2026-11")
        let older = try await person.call("POST", "/auth/consent", body: ["version": "2026-10"])
        #expect(try older.status == 409 && older.text("code") == "consent_outdated")
        for _ in 0..<2 {
          #expect(try await person.call("POST", "/auth/consent", body: ["version": "2026-11"]).status == 204)
        }
        let started = try await person.call("POST", "/sessions", body: [:], headers: key)
        #expect(started.status == 201)
        let export = try await person.call("GET", "/auth/me/export").json["consents"] as? [[String: Any]]
        #expect(export?.count == 1 && export?.first?["version"] as? String == "2026-11")
        _ = try await person.call("POST", "/sessions/\(try started.text("id"))/end")
      }
    }
  }
}
