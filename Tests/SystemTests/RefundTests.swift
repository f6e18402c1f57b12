import Foundation
import Logging
import PostgresDriver
import Testing

@Suite("Refunds, disputes and their webhooks, through Caddy", .serialized, .sandboxRestored)
struct RefundTests {
  /// The price of an order of ten minutes, in paise.
  private static let price = 19_900

  @Test("an operator refunds half of an order, once for the key")
  func half() async throws {
    let suite = try Suite.running()
    let chief = try await Person.chief(suite)
    let purchase = try await Purchase.made(suite)
    let key = Self.key()
    let first = try await chief.call("POST", purchase.refundPath, body: ["amount": 9_950], headers: key)
    try #require(first.status == 202, "\(first.json)")
    #expect(try first.number("talktime_ms") == 300_000)
    #expect(try first.text("razorpay_payment_id") == purchase.payment)
    let again = try await chief.call("POST", purchase.refundPath, body: ["amount": 9_950], headers: key)
    #expect(try again.status == 202 && again.text("id") == first.text("id"))
    let other = try await chief.call("POST", purchase.refundPath, body: ["amount": 9_951], headers: key)
    #expect(other.status == 422)
    try await purchase.becomes("partially_refunded", balance: 300_000)
    let listed = try await chief.call("GET", purchase.refundPath + "s").items
    #expect(listed.count == 1 && listed.first?["status"] as? String == "processed")
    try await suite.dev("talktime", "ledger", "verify")
  }

  @Test("a refund without an amount is of what is left; more needs force, and never exceeds what was paid")
  func bounds() async throws {
    let suite = try Suite.running()
    let chief = try await Person.chief(suite)
    let purchase = try await Purchase.made(suite)
    let spent = try await chief.call(
      "POST", "/billing/wallets/\(purchase.person.id)/adjustments",
      body: ["talktime_ms": -240_000, "reason": "a talk"], headers: Self.key())
    try #require(spent.status == 200)
    for (body, code) in [
      (["amount": 11_941], "refund_exceeds_unspent"),
      (["amount": Self.price + 1, "force": true], "refund_exceeds_payment"),
    ] as [([String: Any], String)] {
      let refused = try await chief.call("POST", purchase.refundPath, body: body, headers: Self.key())
      #expect(refused.status == 409 || refused.status == 422)
      #expect(try refused.text("code") == code)
    }
    let value = try await chief.call("POST", purchase.refundPath, body: [:], headers: Self.key())
    #expect(value.status == 202)
    #expect(value.json["amount"] as? Int == 11_940)
    try await purchase.becomes("partially_refunded", balance: 0)
    let rest = try await chief.call(
      "POST", purchase.refundPath, body: ["amount": Self.price - 11_940, "force": true], headers: Self.key())
    #expect(rest.status == 202)
    try await purchase.becomes("refunded", balance: 0)
    #expect(try await purchase.person.balance().number("owed_ms") == 240_000)
    let none = try await chief.call("POST", purchase.refundPath, body: [:], headers: Self.key())
    #expect(try none.text("code") == "nothing_to_refund")
    try await suite.dev("talktime", "ledger", "verify")
  }

  @Test("a refund by a user, without a key, of an invalid amount, or of an unpaid or unknown order is refused")
  func refused() async throws {
    let suite = try Suite.running()
    let chief = try await Person.chief(suite)
    let purchase = try await Purchase.made(suite)
    let path = purchase.refundPath
    #expect(try await suite.call("POST", path, body: [:], headers: Self.key()).status == 401)
    let own = try await purchase.person.call("POST", path, body: [:], headers: Self.key())
    #expect(try own.status == 403 && own.text("code") == "forbidden")
    let keyless = try await chief.call("POST", path, body: [:])
    #expect(try keyless.status == 400 && keyless.text("code") == "idempotency_key_required")
    for amount in [0, -1, 99, 1.5, "100", true] as [Any] {
      let answer = try await chief.call("POST", path, body: ["amount": amount], headers: Self.key())
      #expect(answer.status == 400, "\(amount)")
    }
    let nobodys = "/billing/orders/\(UUID().uuidString.lowercased())/refund"
    #expect(try await chief.call("POST", nobodys, body: [:], headers: Self.key()).status == 404)
    let unpaid = try await purchase.person.order()
    let early = try await chief.call(
      "POST", "/billing/orders/\(unpaid.id)/refund", body: [:], headers: Self.key())
    #expect(try early.status == 409 && early.text("code") == "not_refundable")
    #expect(try await purchase.person.balance().number("balance_ms") == 600_000)
  }

  @Test("a refund that is pending at the bank holds the time, and a failed one gives it back")
  func failed() async throws {
    let suite = try Suite.running()
    let chief = try await Person.chief(suite)
    let purchase = try await Purchase.made(suite)
    try await suite.sandbox(
      "PUT", "/control/razorpay/refunds", body: ["status": "pending", "payment_id": purchase.payment])
    let refund = try await chief.call("POST", purchase.refundPath, body: ["amount": 9_950], headers: Self.key())
    #expect(try refund.status == 202 && refund.text("status") == "pending")
    #expect(try await purchase.person.balance().number("available_ms") == 300_000)
    let failed = try await suite.sandbox(
      "POST", "/control/razorpay/refunds/\(try refund.text("razorpay_refund_id"))/fail", body: [:])
    #expect(failed.status == 200)
    _ = try await eventually("the time is back") {
      try await purchase.person.balance().number("available_ms") == 600_000 ? true : nil
    }
    try await purchase.becomes("paid", balance: 600_000)
    try await suite.dev("talktime", "ledger", "verify")
  }

  @Test("a refund that is pending at the bank takes the time when the bank has paid it out")
  func processed() async throws {
    let suite = try Suite.running()
    let chief = try await Person.chief(suite)
    let purchase = try await Purchase.made(suite)
    try await suite.sandbox(
      "PUT", "/control/razorpay/refunds", body: ["status": "pending", "payment_id": purchase.payment])
    let refund = try await chief.call("POST", purchase.refundPath, body: ["amount": 9_950], headers: Self.key())
    #expect(try refund.status == 202 && refund.text("status") == "pending")
    #expect(try await purchase.person.balance().number("available_ms") == 300_000)
    let paidOut = try await suite.sandbox(
      "POST", "/control/razorpay/refunds/\(try refund.text("razorpay_refund_id"))/process", body: ["webhooks": 2])
    #expect(paidOut.status == 200)
    try await purchase.becomes("partially_refunded", balance: 300_000)
    try await suite.dev("talktime", "ledger", "verify")
  }

  @Test("a payment that fails credits nothing, unless it succeeds after all")
  func failedPayment() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let order = try await person.order()
    let path = "/control/razorpay/orders/\(order.razorpayID)/pay"
    let failed = try await suite.sandbox("POST", path, body: ["outcome": "failed", "webhooks": 2]).json
    let purchase = Purchase(
      person: person, order: order, payment: try #require(failed["razorpay_payment_id"] as? String))
    try await purchase.becomes("failed", balance: 0)
    try await suite.sandbox(
      "POST", path, body: ["outcome": "captured", "payment_id": purchase.payment, "webhooks": 2])
    try await purchase.becomes("paid", balance: 600_000)
  }

  @Test("a payment that nobody captures goes back by itself and credits nothing; the next one of its order does")
  func uncaptured() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let order = try await person.order()
    let paid = try await suite.sandbox(
      "POST", "/control/razorpay/orders/\(order.razorpayID)/pay", body: ["outcome": "authorized", "webhooks": 0]
    ).json
    let payment = try #require(paid["razorpay_payment_id"] as? String)
    let back = try await suite.sandbox(
      "POST", "/control/razorpay/payments/\(payment)/expire", body: ["webhooks": 2])
    #expect(back.status == 200)
    // One that tells that the refund was created, and one that tells that it was processed.
    _ = try await eventually("both reports are worked on") {
      try await suite.withDatabase { pool in
        let row = try await pool.query(
          """
          SELECT count(*) AS n FROM razorpay_webhooks
          WHERE done_at IS NOT NULL AND position(convert_to(\(payment), 'UTF8') IN body) > 0
          """
        ).rows.first
        return try row?.get("n", as: Int.self) == 2 ? true : nil
      }
    }
    #expect(try await person.balance().number("balance_ms") == 0)
    _ = try await person.pay(order)
    try await Purchase(person: person, order: order, payment: payment).becomes("paid", balance: 600_000)
    try await suite.dev("talktime", "ledger", "verify")
  }

  @Test("a refund from Razorpay's dashboard counts once, though its webhooks come twice")
  func dashboard() async throws {
    let suite = try Suite.running()
    let purchase = try await Purchase.made(suite)
    for (amount, status, balance) in [
      (9_950, "partially_refunded", 300_000), (Self.price - 9_950, "refunded", 0),
    ] {
      let refund = try await suite.sandbox(
        "POST", "/control/razorpay/payments/\(purchase.payment)/refund", body: ["amount": amount, "webhooks": 2])
      #expect(refund.status == 200)
      try await purchase.becomes(status, balance: balance)
    }
    try await suite.dev("talktime", "ledger", "verify")
  }

  @Test("a dispute freezes the wallet; a won one thaws it, and a lost one takes the talk time")
  func disputes() async throws {
    let suite = try Suite.running()
    let purchase = try await Purchase.made(suite)
    for (outcome, status, balance) in [
      ("won", "paid", 600_000), ("closed", "paid", 600_000), ("lost", "partially_refunded", 300_000),
    ] {
      try await purchase.dispute("created")
      _ = try await eventually("the wallet is frozen") {
        try await purchase.person.balance().json["frozen"] as? Bool == true ? true : nil
      }
      let talk = try await purchase.person.call(
        "POST", "/sessions", body: [:], headers: Self.key())
      #expect(try talk.status == 403 && talk.text("code") == "wallet_frozen")
      try await purchase.becomes("disputed", balance: 600_000)
      try await purchase.dispute(outcome)
      try await purchase.becomes(status, balance: balance)
      #expect(try await purchase.person.balance().json["frozen"] as? Bool == false)
    }
    try await suite.dev("talktime", "ledger", "verify")
  }

  @Test("a signed webhook of an unknown kind or that is unreadable is answered and kept; an unsigned one is refused")
  func webhooks() async throws {
    let suite = try Suite.running()
    let purchase = try await Purchase.made(suite)
    var expected: [String: String?] = [:]
    for event in ["payment.downtime.started", "settlement.processed", "payout.processed", "nobody.knows"] {
      let sent = try await suite.webhook(["event": event, "payload": ["payment": purchase.payment]])
      expected[sent] = "kept"
    }
    for raw in ["{", "", "[]", "{\"event\":7}", "{\"event\":\"payment.captured\",\"payload\":7}"] {
      expected[try await suite.webhook(["raw": raw])] = "dead"
    }
    let deep = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
    expected[try await suite.webhook(["raw": "{\"event\":\"nobody.knows\",\"payload\":\(deep)}"])] = .some(nil)
    var refused: [String] = []
    for secret in ["wrong", "key", "none"] {
      refused.append(
        try await suite.webhook([
          "event": "refund.processed", "payload": ["payment": purchase.payment], "secret": secret,
        ]))
    }
    for (id, outcome) in expected {
      let kept = try await eventually("webhook \(id) is worked on") { try await suite.outcome(ofWebhook: id) }
      if let outcome { #expect(kept == outcome) }
    }
    for id in refused { #expect(try await suite.outcome(ofWebhook: id) == nil) }
    try await purchase.becomes("paid", balance: 600_000)
    // The route still works.
    try await purchase.dispute("lost", amount: Self.price)
    try await purchase.becomes("refunded", balance: 0)
  }

  private static func key() -> [(String, String)] { [("Idempotency-Key", UUID().uuidString)] }
}

/// A user's purchase of ten minutes.
private struct Purchase {
  let person: Person
  let order: Person.Order
  let payment: String

  var refundPath: String { "/billing/orders/\(order.id)/refund" }

  static func made(_ suite: Suite) async throws -> Purchase {
    let person = try await Person.signUp(suite)
    let order = try await person.order()
    let paid = try await person.pay(order)
    let purchase = Purchase(
      person: person, order: order, payment: try #require(paid["razorpay_payment_id"] as? String))
    try await purchase.becomes("paid", balance: order.talktime)
    return purchase
  }

  func dispute(_ outcome: String, amount: Int = 9_950) async throws {
    let answer = try await person.suite.sandbox(
      "POST", "/control/razorpay/payments/\(payment)/dispute",
      body: ["outcome": outcome, "amount": amount, "webhooks": 2])
    try #require(answer.status == 200, "\(answer.json)")
  }

  /// Waits until the order has this status and the user this balance.
  func becomes(_ status: String, balance: Int) async throws {
    _ = try await eventually("order \(order.id) is \(status)") {
      try await person.call("GET", "/billing/orders/\(order.id)").json["status"] as? String == status ? true : nil
    }
    #expect(try await person.balance().number("balance_ms") == balance)
  }
}

extension Suite {
  /// Makes the sandbox send a webhook.
  /// - Returns: its event id.
  fileprivate func webhook(_ told: [String: Any]) async throws -> String {
    let answer = try await sandbox("POST", "/control/razorpay/webhooks", body: told)
    try #require(answer.status == 200, "\(answer.json)")
    return try answer.text("event_id")
  }

  /// Nil if the webhook was not stored, or is not handled yet.
  fileprivate func outcome(ofWebhook id: String) async throws -> String? {
    let pool = try PostgresPool(
      configuration: PostgresConfiguration(
        url: try setting("DATABASE_ADMIN_URL"), applicationName: "system-tests"),
      logger: Logger(label: "system-tests"))
    defer { pool.close() }
    return try await pool.query(
      "SELECT outcome FROM razorpay_webhooks WHERE event_id = \(id) AND done_at IS NOT NULL"
    ).rows.first?.get("outcome")
  }
}
