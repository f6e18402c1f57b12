import Foundation
import PostgresDriver
import Logging
import Testing

@Suite("Wallets, their history and operators' corrections, through Caddy", .serialized)
struct WalletTests {
  private func key(_ text: String = UUID().uuidString) -> [(String, String)] { [("Idempotency-Key", text)] }

  @Test("an operator grants, adjusts, freezes and thaws, each once, with an audit note")
  func operators() async throws {
    let suite = try Suite.running()
    let (chief, person) = (try await Person.chief(suite), try await Person.signUp(suite))
    let wallet = "/billing/wallets/\(person.id)"
    let body: [String: Any] = ["talktime_ms": 60_000, "reason": "a lost call"]
    let key = key()
    let first = try await chief.call("POST", wallet + "/grants", body: body, headers: key)
    #expect(first.status == 200)
    #expect(try first.number("balance_ms") == 60_000)
    let again = try await chief.call("POST", wallet + "/grants", body: body, headers: key)
    #expect(again.status == 200)
    #expect(try again.number("balance_ms") == 60_000)
    let other = try await chief.call(
      "POST", wallet + "/grants", body: ["talktime_ms": 1, "reason": "x"], headers: key)
    #expect(other.status == 422)
    let taken = try await chief.call(
      "POST", wallet + "/adjustments", body: ["talktime_ms": -70_000, "reason": "too much"], headers: self.key())
    #expect(try taken.number("owed_ms") == 10_000)
    #expect(try taken.number("balance_ms") == 0)
    #expect(try await chief.call("POST", wallet + "/freeze", body: ["reason": "stolen card"]).status == 200)
    let seen = try await chief.call("GET", wallet)
    #expect(seen.json["frozen"] as? Bool == true && (seen.json["freezes"] as? [[String: Any]])?.count == 1)
    #expect(try await person.balance().json["frozen"] as? Bool == true)
    #expect(try await chief.call("POST", wallet + "/thaw", body: ["reason": "it was theirs"]).status == 200)
    #expect(
      try await written(about: person, suite) == ["wallet.grant", "wallet.adjust", "wallet.freeze", "wallet.thaw"])
    try await suite.dev("talktime", "ledger", "verify")
  }

  @Test("little talk time is told by mail, once each time that the balance falls below two minutes")
  func little() async throws {
    let suite = try Suite.running()
    let (chief, person) = (try await Person.chief(suite), try await Person.signUp(suite))
    try await person.verifyEmail()
    try await person.buyTenMinutes()
    func adjust(_ milliseconds: Int, leaves balance: Int) async throws {
      let answer = try await chief.call(
        "POST", "/billing/wallets/\(person.id)/adjustments",
        body: ["talktime_ms": milliseconds, "reason": "a test"], headers: key())
      #expect(try answer.number("balance_ms") == balance, "\(answer.json)")
    }
    func subjects() async throws -> [String] {
      try await suite.sandbox("GET", "/control/mailjet/inbox?to=\(person.email)").items
        .compactMap { $0["subject"] as? String }.filter { $0.contains("of talk time left") }
    }
    try await adjust(-500_000, leaves: 100_000)
    _ = try await person.mail("of talk time left")
    // It is below already, and then above again.
    try await adjust(-10_000, leaves: 90_000)
    try await adjust(60_000, leaves: 150_000)
    try await adjust(-40_000, leaves: 110_000)
    let told = try await eventually(within: .seconds(60), "the second mail is there") {
      let found = try await subjects()
      return found.count >= 2 ? found : nil
    }
    #expect(told == ["1 min 50 s of talk time left", "1 min 40 s of talk time left"])
  }

  @Test("a correction that is not allowed, or by a user who is no operator, is refused")
  func refusals() async throws {
    let suite = try Suite.running()
    let (chief, person) = (try await Person.chief(suite), try await Person.signUp(suite))
    let wallet = "/billing/wallets/\(person.id)"
    let body: [String: Any] = ["talktime_ms": 60_000, "reason": "x"]
    #expect(try await suite.call("POST", wallet + "/grants", body: body, headers: key()).status == 401)
    for (method, path) in [("GET", ""), ("POST", "/grants"), ("POST", "/freeze")] {
      let refused = try await person.call(method, wallet + path, body: method == "GET" ? nil : body, headers: key())
      #expect(refused.status == 403)
      #expect(try refused.text("code") == "forbidden")
    }
    let keyless = try await chief.call("POST", wallet + "/grants", body: body)
    #expect(keyless.status == 400)
    #expect(try keyless.text("code") == "idempotency_key_required")
    for talktime in [0, -1, 1_000_000_000_001, 1.5, "60000", NSNull(), true] as [Any] {
      let answer = try await chief.call(
        "POST", wallet + "/grants", body: ["talktime_ms": talktime, "reason": "x"], headers: key())
      #expect(answer.status == 400, "\(talktime)")
    }
    for reason in ["", "  ", "two\nlines", String(repeating: "x", count: 501)] {
      let answer = try await chief.call(
        "POST", wallet + "/adjustments", body: ["talktime_ms": 1, "reason": reason], headers: key())
      #expect(answer.status == 400, "\(reason)")
    }
    for user in [UUID().uuidString, "someone"] {
      #expect(try await chief.call("GET", "/billing/wallets/\(user)").status == 404)
      #expect(
        try await chief.call("POST", "/billing/wallets/\(user)/grants", body: body, headers: key()).status == 404)
    }
    #expect(try await person.balance().number("balance_ms") == 0)
    try await suite.dev("talktime", "operator", "remove", chief.email)
    _ = try await eventually("the operator's token is dead") {
      try await chief.call("GET", wallet).status == 401 ? true : nil
    }
  }

  @Test("a grant at the shell counts once by its reference, has a reason, and shows on the page at once")
  func shell() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    for _ in 0..<2 {
      try await suite.dev(
        "talktime", "wallet", "grant", person.email, "--milliseconds=60000", "--reason", "welcome", "--reference",
        "welcome-\(person.id)")
    }
    try await suite.dev(
      "talktime", "wallet", "adjust", person.email, "--milliseconds", "-10000", "--reason", "too much")
    try await suite.dev("talktime", "wallet", "show", person.email)
    try await suite.dev("talktime", "ledger", "show", person.email, "--limit", "1")
    #expect(try await person.balance().number("balance_ms") == 50_000)
    #expect(try await written(about: person, suite) == ["wallet.grant", "wallet.adjust"])
  }

  @Test("the history is available as pages or as a file, and a past moment has its balance")
  func history() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    for _ in 0..<2 { try await person.buyTenMinutes() }
    for list in ["ledger", "transactions"] {
      let file = try await person.call("GET", "/billing/\(list)", headers: [("Accept", "text/csv")])
      #expect(file.status == 200)
      #expect(file.response.header("content-type") == "text/csv; charset=utf-8")
      #expect(
        file.response.header("content-disposition")?.hasPrefix("attachment; filename=\"talktime-\(list)-") == true)
      let lines = String(decoding: file.response.body, as: UTF8.self).components(separatedBy: "\r\n")
      #expect(lines.count == 4 && lines.first?.hasPrefix("id,") == true && lines.last == "")
      #expect(try await person.call("GET", "/billing/\(list)", headers: [("Accept", "image/png")]).status == 406)
      #expect(try await person.call("GET", "/billing/\(list)?cursor=bm9uZQ").status == 400)
    }
    for line in try await person.call("GET", "/billing/ledger").items {
      let moment = try #require(line["created_at"] as? String)
      let then = try await person.call("GET", "/billing/balance?at=\(moment)")
      #expect(try then.number("balance_ms") == line["balance_after_ms"] as? Int)
    }
    #expect(try await person.call("GET", "/billing/balance?at=2020-01-01T00:00:00Z").number("balance_ms") == 0)
    for moment in ["yesterday", "2999-01-01T00:00:00Z", "", "2026-02-30T00:00:00Z"] {
      #expect(try await person.call("GET", "/billing/balance?at=\(moment)").status == 400)
    }
  }

  /// The operators' actions on the user, in order.
  private func written(about person: Person, _ suite: Suite) async throws -> [String] {
    let pool = try PostgresPool(
      configuration: PostgresConfiguration(
        url: try suite.setting("DATABASE_ADMIN_URL"), applicationName: "system-tests"),
      logger: Logger(label: "system-tests"))
    defer { pool.close() }
    return try await pool.query(
      "SELECT action FROM operator_actions WHERE subject = \(person.id) AND reason <> '' AND actor <> '' ORDER BY id"
    ).rows.map { try $0.get("action") }
  }
}
