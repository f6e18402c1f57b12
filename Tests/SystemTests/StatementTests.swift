import Foundation
import Testing

@Suite("The statement of a month through Caddy", .serialized)
struct StatementTests {
  /// The month in India of a moment as the services write it.
  private func month(_ moment: String) throws -> String {
    let read = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = try #require(TimeZone(identifier: "Asia/Kolkata"))
    let parts = calendar.dateComponents([.year, .month], from: try read.parse(moment))
    return String(format: "%04d-%02d", try #require(parts.year), try #require(parts.month))
  }

  private func list(_ statements: [Answer], _ name: String) -> [[String: Any]] {
    statements.flatMap { $0.json[name] as? [[String: Any]] ?? [] }
  }

  private func sum(_ statement: Answer) throws -> Int {
    let minutes = try #require(statement.json["minutes"] as? [String: Int])
    #expect(minutes.count == 5)
    return minutes.values.reduce(0, +)
  }

  /// The ledger, oldest first, and the statements of its months: midnight in India may be between the entries. Repeats
  /// if an entry came meanwhile.
  private func settled(_ person: Person) async throws -> ([[String: Any]], [Answer]) {
    try await eventually("the ledger is still") {
      let ledger = Array(try await person.call("GET", "/billing/ledger").items.reversed())
      let months = Set(try ledger.compactMap { $0["created_at"] as? String }.map { try month($0) })
      var statements: [Answer] = []
      for month in months.sorted() {
        let statement = try await person.call("GET", "/billing/statement?month=\(month)")
        try #require(statement.status == 200, "\(statement.json)")
        #expect(try statement.text("month") == month)
        statements.append(statement)
      }
      return try await person.call("GET", "/billing/ledger").items.count == ledger.count ? (ledger, statements) : nil
    }
  }

  @Test("who buys, talks and gets money back has a statement that adds up to the balance")
  func addsUp() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let order = try await person.order()
    let payment = try await person.pay(order)
    _ = try await eventually("the payment is captured") {
      try await person.call("POST", "/billing/payments/verify", body: payment).json["status"] as? String == "captured"
        ? true : nil
    }
    let talk = try await person.startTalk()
    _ = try await talk.beat(untilCharged: 3_000)
    let ended = try await talk.end()
    #expect(ended.json["settled"] as? Bool == true)
    let charged = try ended.number("charged_ms")
    let paymentID = try #require(payment["razorpay_payment_id"] as? String)
    try await suite.sandbox("POST", "/control/razorpay/payments/\(paymentID)/refund", body: ["amount": 5_000])
    let documents = "/billing/transactions/\(order.id)"
    let note = try await eventually("the credit note is there") {
      try await person.call("GET", "\(documents)/credit-notes").items.first
    }

    let (ledger, statements) = try await settled(person)
    var opening = 0
    for statement in statements {
      #expect(try statement.number("opening_balance_ms") == opening)
      opening += try sum(statement)
      #expect(try statement.number("closing_balance_ms") == opening)
    }
    let balance = try await person.balance().number("balance_ms")
    #expect(opening == balance)

    let payments = list(statements, "payments")
    #expect(payments.map { $0["kind"] as? String } == ["payment", "refund"])
    #expect(payments.map { $0["amount"] as? Int } == [19_900, 5_000])
    #expect(payments.allSatisfy { $0["currency"] as? String == "INR" && $0["order_id"] as? String == order.id })
    #expect((payments.first?["receipt"] as? String)?.hasPrefix("TT") == true)
    #expect(payments.last?["credit_note"] as? String == note["number"] as? String)
    let talks = list(statements, "talks")
    #expect(talks.count == 1 && talks.first?["session_id"] as? String == talk.id)
    #expect(talks.first?["charged_ms"] as? Int == charged && talks.first?["started_at"] is String)
    // Each line is an entry of the ledger, and none is missing.
    let entries =
      (payments + talks).compactMap { ($0["entry"] as? [String: Any])?["id"] as? String }
      + list(statements, "other_entries").compactMap { $0["id"] as? String }
    #expect(Set(entries) == Set(ledger.compactMap { $0["id"] as? String }) && entries.count == ledger.count)
  }

  @Test("a statement is one's own, a month before the account is empty, and another month is refused")
  func refusals() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let stranger = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    let entry = try #require(try await person.call("GET", "/billing/ledger").items.first)
    let present = try month(try #require(entry["created_at"] as? String))
    let own = try await person.call("GET", "/billing/statement?month=\(present)")
    #expect(try own.number("closing_balance_ms") == 600_000)
    let others = try await stranger.call("GET", "/billing/statement?month=\(present)")
    #expect(try others.number("closing_balance_ms") == 0)
    #expect(list([others], "payments").isEmpty)
    let before = try await person.call("GET", "/billing/statement?month=2020-01")
    #expect(before.status == 200)
    #expect(try before.number("closing_balance_ms") == 0)
    for query in ["", "?month=", "?month=2026-13", "?month=2026-1", "?month=1969-12", "?month=9999-12", "?month=%00"] {
      let answer = try await person.call("GET", "/billing/statement\(query)")
      #expect(answer.status == 400, "\(query)")
      #expect(answer.json["code"] as? String == "invalid_request", "\(query)")
    }
    #expect(try await suite.call("GET", "/billing/statement?month=\(present)").status == 401)
  }
}
