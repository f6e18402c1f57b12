import Foundation
import Logging
import PostgresDriver
import Testing

@Suite("Payments that redirect and webhook missed", .serialized, .sandboxRestored)
struct ReconcileTests {
  private func age(_ order: Person.Order, by interval: String, _ suite: Suite) async throws {
    let pool = try PostgresPool(
      configuration: PostgresConfiguration(
        url: try suite.setting("DATABASE_URL"), applicationName: "system-tests", maximumConnections: 1),
      logger: Logger(label: "system-tests"))
    defer { pool.close() }
    let id = try #require(UUID(uuidString: order.id))
    try await pool.query("UPDATE transactions SET created_at = created_at - \(interval)::interval WHERE id = \(id)")
  }

  private func becomes(_ status: String, of order: Person.Order, _ person: Person) async throws -> Answer {
    try await eventually("the order is \(status)") {
      let answer = try await person.call("GET", "/billing/orders/\(order.id)")
      return answer.json["status"] as? String == status ? answer : nil
    }
  }

  @Test("a payment without redirect or webhook is credited by the reconciler, once")
  func lost() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let order = try await person.order()
    _ = try await person.pay(order, webhooks: 0)
    #expect(try await person.balance().number("balance_ms") == 0)
    try await age(order, by: "16 minutes", suite)
    _ = try await becomes("paid", of: order, person)
    #expect(try await person.balance().number("balance_ms") == 600_000)
    try await suite.dev("talktime", "ledger", "verify")
  }

  @Test("an unpaid order expires, and its late payment is still credited")
  func expires() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let order = try await person.order()
    try await age(order, by: "25 hours", suite)
    _ = try await becomes("expired", of: order, person)
    _ = try await person.pay(order)
    _ = try await becomes("paid", of: order, person)
    #expect(try await person.balance().number("balance_ms") == 600_000)
  }

  @Test("an order whose answer from Razorpay is lost is one order, here and there, after a repeat")
  func oneOrder() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let key = [("Idempotency-Key", UUID().uuidString)]
    let body = ["pack_id": "ten-minutes"]
    // Razorpay creates the order, but the responses to the request and to the lookup are both lost.
    try await suite.sandbox(
      "PUT", "/control/razorpay/fault",
      body: ["kind": "timeout", "delay_ms": 4_000, "path": "/v1/orders", "after_effect": true])
    let failed = try await person.call("POST", "/billing/orders", body: body, headers: key)
    try await suite.sandbox("DELETE", "/control/razorpay/fault")
    #expect(failed.status == 503)
    let made = try await eventually("the repeat is answered") {
      let answer = try await person.call("POST", "/billing/orders", body: body, headers: key)
      return answer.status == 201 ? answer : nil
    }
    let again = try await person.call("POST", "/billing/orders", body: body, headers: key)
    #expect(try again.text("razorpay_order_id") == made.text("razorpay_order_id"))
    let other = try await person.call("POST", "/billing/orders", body: ["pack_id": "hour"], headers: key)
    #expect(other.status == 422)
    let id = try made.text("id")
    #expect(try await person.call("GET", "/billing/transactions").items.map { $0["id"] as? String } == [id])
    let credentials = Data(
      "\(try suite.setting("RAZORPAY_KEY_ID")):\(try suite.setting("RAZORPAY_KEY_SECRET"))".utf8
    ).base64EncodedString()
    let listed = try await suite.razorpay("/v1/orders?receipt=\(id)", credentials)
    #expect(listed.items.count == 1)
  }

  @Test("an order has the pack's price for any request, and the buyer's details")
  func buyer() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let order = try await person.call(
      "POST", "/billing/orders",
      body: [
        "pack_id": "ten-minutes", "gstin": "27AAPFU0939F1ZV", "amount": 1, "price": 1, "status": "paid",
        "currency": "USD", "talktime_ms": 1, "user_id": "x", "tax_rate": "0.00",
      ])
    #expect(order.status == 201)
    #expect(try order.number("amount") == 19_900 && order.text("currency") == "INR")
    #expect(try order.text("status") == "created" && order.number("talktime_ms") == 600_000)
    #expect(try order.text("state") == "27" && order.text("gstin") == "27AAPFU0939F1ZV")
    #expect(try order.text("tax_rate") == "18.00")
    #expect(order.json["expires_at"] is String && order.json["created_at"] is String)
    for (body, field) in [
      (["gstin": "27AAPFU0939F1ZW"], "gstin"), (["gstin": "27AAPFU0939F1ZV", "state": "KA"], "state"),
      (["state": "Atlantis"], "state"),
    ] {
      let refused = try await person.call(
        "POST", "/billing/orders", body: body.merging(["pack_id": "ten-minutes"]) { one, _ in one })
      #expect(refused.status == 400)
      let errors = refused.json["errors"] as? [[String: Any]]
      #expect(errors?.first?["field"] as? String == field)
    }
  }

  @Test("a user may have twenty open orders and no more")
  func openOrders() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    for _ in 0..<20 { _ = try await person.order() }
    let refused = try await person.call("POST", "/billing/orders", body: ["pack_id": "hour"])
    #expect(refused.status == 409)
    #expect(try refused.text("code") == "too_many_open_orders")
  }

  @Test("the operator's comparison names differences, repairs them, and then finds none")
  func compared() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let order = try await person.order()
    _ = try await person.pay(order, webhooks: 0)
    let day = Date().formatted(.iso8601.year().month().day())
    try await suite.dev("talktime", "billing", "reconcile", "--from", day, "--to", day, "--repair")
    #expect(try await person.balance().number("balance_ms") == 600_000)
    try await suite.dev("talktime", "billing", "reconcile", "--from", day, "--to", day)
  }

  @Test("a dispute that was lost without a webhook is found by the comparison, and takes the talk time")
  func disputed() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    let order = try #require(try await person.call("GET", "/billing/transactions").items.first)
    let razorpayOrder = try #require(order["razorpay_order_id"] as? String)
    let credentials = Data(
      "\(try suite.setting("RAZORPAY_KEY_ID")):\(try suite.setting("RAZORPAY_KEY_SECRET"))".utf8
    ).base64EncodedString()
    let paid = try await suite.razorpay("/v1/orders/\(razorpayOrder)/payments", credentials).items.first
    let payment = try #require(paid?["id"] as? String)
    try await suite.sandbox(
      "POST", "/control/razorpay/payments/\(payment)/dispute", body: ["outcome": "lost", "webhooks": 0])
    let day = Date().formatted(.iso8601.year().month().day())
    #expect(try await person.balance().number("balance_ms") == 600_000)
    try await suite.dev("talktime", "billing", "reconcile", "--from", day, "--to", day, "--repair")
    #expect(try await person.balance().number("balance_ms") == 0)
    try await suite.dev("talktime", "billing", "reconcile", "--from", day, "--to", day)
    try await suite.dev("talktime", "ledger", "verify")
  }

  @Test("packs are put on sale, edited and retired at the shell")
  func packs() async throws {
    let suite = try Suite.running()
    let id = "p-" + UUID().uuidString.lowercased().prefix(8)
    func offered() async throws -> [String: Any]? {
      try await suite.call("GET", "/billing/packs").items.first { $0["id"] as? String == id }
    }
    try await suite.dev("talktime", "packs", "add", id, "--name", "Five", "--minutes", "5", "--amount", "9900")
    #expect(try await offered()?["amount"] as? Int == 9_900)
    try await suite.dev("talktime", "packs", "edit", id, "--amount", "8900", "--tax-rate", "5")
    let edited = try await eventually("the edit is on sale") {
      let pack = try await offered()
      return pack?["version"] as? Int == 2 ? pack : nil
    }
    #expect(edited["amount"] as? Int == 8_900 && edited["tax_rate"] as? String == "5.00")
    #expect(edited["talktime_ms"] as? Int == 300_000 && edited["name"] as? String == "Five")
    for money in [["JPY", "500"], ["KWD", "1990"]] {
      let added = try await suite.talktime(
        "packs", "add", "\(id)-2", "--name", "Five", "--minutes", "5", "--currency", money[0], "--amount", money[1])
      let edited = try await suite.talktime(
        "packs", "edit", id, "--currency", money[0], "--amount", money[1], "--position", "7")
      for output in [added, edited] {
        #expect(output.status != 0 && output.text.contains("INR alone"), "\(output.text)")
      }
    }
    let unchanged = try await offered()
    #expect(unchanged?["version"] as? Int == 2 && unchanged?["currency"] as? String == "INR")
    try await suite.dev("talktime", "packs", "retire", id)
    #expect(try await offered() == nil)
  }
}

extension Suite {
  fileprivate func razorpay(_ path: String, _ credentials: String) async throws -> Answer {
    let response = try await http.send(
      .init(
        method: "GET", url: try setting("RAZORPAY_BASE_URL") + path,
        headers: [("Authorization", "Basic \(credentials)")], body: nil), deadline: .seconds(10))
    let json = try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any]
    return Answer(status: response.status, response: response, json: json ?? [:])
  }
}
