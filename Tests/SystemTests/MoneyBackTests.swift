import Foundation
import HTTPTransport
import Testing

@Suite("Refunds and returned payments, through Caddy", .serialized, .sandboxRestored)
struct MoneyBackTests {
  /// The price of an order of ten minutes, in paise.
  private static let price = 19_900

  // MARK: payments that credit nothing

  @Test("a return that Razorpay refuses is attempted again, reported until then, and made once")
  func refusedReturn() async throws {
    let suite = try Suite.running()
    let shop = try await Shop.bought(suite)
    try await shop.person.verifyEmail()
    let second = try await shop.payAgain()
    try await suite.fault("/payments/\(second)/refund", method: "POST", ["kind": "status", "status": 400])
    try await suite.tell("payment.captured", of: second)
    _ = try await eventually("the refund is refused") { try await suite.refundCalls(second).isEmpty ? nil : true }
    let reconciled = try await suite.reconcile()
    #expect(reconciled.contains("\(second) of order") && !reconciled.contains("repaired: \(second)"))
    #expect(try await suite.talktime("billing", "refunds").text.contains(second))
    // A repeated webhook does not cause another attempt.
    try await suite.tell("payment.captured", of: second)
    try await suite.sandbox("DELETE", "/control/razorpay/fault")
    try await suite.isBack(second, Self.price)
    #expect(try await suite.refunds(of: second).count == 1)
    #expect(try await shop.person.mail("went back")["subject"] as? String == "Your payment of ₹199.00 went back")
    #expect(try await shop.person.balance().number("balance_ms") == 600_000)
    _ = try await eventually("nobody waits for it") {
      try await suite.talktime("billing", "refunds").text.contains(second) ? nil : true
    }
    #expect(try await !suite.reconcile().contains(second))
    try await suite.dev("talktime", "ledger", "verify")
  }

  @Test("a return that the bank reverses is made again, and an operator can do so at once", arguments: [true, false])
  func bankReturns(byOperator: Bool) async throws {
    let suite = try Suite.running()
    let shop = try await Shop.bought(suite)
    let second = try await shop.payAgain()
    try await suite.tell("payment.captured", of: second)
    try await suite.isBack(second, Self.price)
    let first = try #require(try await suite.refunds(of: second).first?["id"] as? String)
    try await suite.sandbox("POST", "/control/razorpay/refunds/\(first)/fail", body: [:])
    _ = try await eventually("another attempt waits") {
      try await suite.talktime("billing", "refunds").text.contains(second) ? true : nil
    }
    if byOperator {
      let sent = try await suite.talktime("billing", "return", second, "--reason", "asked by mail")
      #expect(sent.status == 0 && sent.text.contains("sent back"))
    }
    try await suite.isBack(second, Self.price)
    #expect(
      try await suite.refunds(of: second).compactMap { $0["status"] as? String }.sorted() == ["failed", "processed"])
    #expect(try await shop.person.balance().number("balance_ms") == 600_000)
    try await suite.dev("talktime", "ledger", "verify")
  }

  @Test("a payment of another amount credits nothing and is returned automatically")
  func wrongAmount() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    for (amount, fee) in [(19_430, 470), (20_370, nil)] as [(Int, Int?)] {
      let order = try await person.order()
      let payment = "pay_" + UUID().uuidString.replacingOccurrences(of: "-", with: "").prefix(14)
      var entity: [String: Any] = [
        "id": payment, "entity": "payment", "order_id": order.razorpayID, "status": "captured", "amount": amount,
        "currency": "INR",
      ]
      if let fee { entity.merge(["fee": fee, "tax": 72, "fee_bearer": "customer"]) { $1 } }
      try await suite.sandbox(
        "POST", "/control/razorpay/webhooks",
        body: ["event": "payment.captured", "payload": ["payment": ["entity": entity]]])
      _ = try await eventually("the whole amount is asked back") {
        try await suite.refundCalls(payment).first?["amount"] as? Int == amount ? true : nil
      }
      #expect(try await suite.talktime("billing", "refunds").text.contains(payment))
      #expect(try await person.balance().number("balance_ms") == 0)
    }
  }

  // MARK: the customer bears the fee

  @Test(
    "a payment with a fee on top is captured, credited once and refunded with all its talk time",
    arguments: ["captured", "authorized"])
  func customerFee(outcome: String) async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let order = try await person.order()
    let paid = try await suite.sandbox(
      "POST", "/control/razorpay/orders/\(order.razorpayID)/pay",
      body: ["outcome": outcome, "fee_bearer": "customer", "webhooks": 2]
    ).json
    let payment = try #require(paid["razorpay_payment_id"] as? String)
    let shop = Shop(person: person, order: order, payment: payment)
    try await shop.becomes("paid", balance: 600_000)
    let amount = try await suite.razorpay("/v1/payments/\(payment)").number("amount")
    #expect(amount > Self.price)
    if outcome == "authorized" {
      let asked = try await suite.requests { $0.hasSuffix("/payments/\(payment)/capture") }
      #expect((asked.first?["json"] as? [String: Any])?["amount"] as? Int == amount)
    }
    #expect(try await !suite.reconcile().contains(payment))
    let receipt = try await eventually("the receipt is there") {
      let answer = try await person.call("GET", "/billing/transactions/\(order.id)/receipt")
      return answer.status == 200 ? answer : nil
    }
    let text = String(decoding: receipt.response.body, as: UTF8.self)
    #expect(text.contains("₹199.00") || text.contains("19900"))
    let chief = try await Person.chief(suite)
    let refund = try await chief.call(
      "POST", shop.refundPath, body: [:], headers: [("Idempotency-Key", UUID().uuidString)])
    #expect(try refund.status == 202 && refund.number("amount") == Self.price)
    try await shop.becomes("refunded", balance: 0)
    #expect(try await !suite.reconcile().contains(payment))
    try await suite.dev("talktime", "ledger", "verify")
  }

  // MARK: an operator's refund

  @Test("a refusal after Razorpay made the refund does not count as one", arguments: [400, 404])
  func noAfterTheAct(status: Int) async throws {
    let suite = try Suite.running()
    let shop = try await Shop.bought(suite)
    let chief = try await Person.chief(suite)
    try await suite.fault(
      "/payments/\(shop.payment)/refund", method: "POST",
      ["kind": "status", "status": status, "after_effect": true, "times": 1])
    let refund = try await chief.call(
      "POST", shop.refundPath, body: [:], headers: [("Idempotency-Key", UUID().uuidString)])
    #expect(refund.status == 202)
    try await shop.becomes("refunded", balance: 0)
    #expect(try await suite.refunds(of: shop.payment).count == 1)
    #expect(try await !suite.reconcile().contains(shop.payment))
    try await suite.dev("talktime", "ledger", "verify")
  }

  @Test("a refused refund is refused for each repeat of its key")
  func refusedTwice() async throws {
    let suite = try Suite.running()
    let shop = try await Shop.bought(suite)
    let chief = try await Person.chief(suite)
    try await suite.fault(
      "/payments/\(shop.payment)/refund", method: "POST", ["kind": "status", "status": 400, "times": 1])
    let key = [("Idempotency-Key", UUID().uuidString)]
    for _ in 0..<2 {
      let refused = try await chief.call("POST", shop.refundPath, body: ["amount": 9_950], headers: key)
      #expect(try refused.status == 409 && refused.text("code") == "refund_refused")
    }
    try await shop.becomes("paid", balance: 600_000)
  }

  @Test("a dispute that is lost during a pending refund takes the rest when the refund fails")
  func lostWhilePending() async throws {
    let suite = try Suite.running()
    let shop = try await Shop.bought(suite)
    let chief = try await Person.chief(suite)
    try await suite.sandbox(
      "PUT", "/control/razorpay/refunds", body: ["status": "pending", "payment_id": shop.payment])
    let refund = try await chief.call(
      "POST", shop.refundPath, body: ["amount": 9_950], headers: [("Idempotency-Key", UUID().uuidString)])
    #expect(try refund.text("status") == "pending")
    try await suite.sandbox(
      "POST", "/control/razorpay/payments/\(shop.payment)/dispute", body: ["outcome": "lost", "amount": Self.price])
    _ = try await eventually("the dispute is lost") {
      try await shop.person.balance().number("available_ms") == 0 ? true : nil
    }
    try await suite.sandbox(
      "POST", "/control/razorpay/refunds/\(try refund.text("razorpay_refund_id"))/fail", body: [:])
    try await shop.becomes("refunded", balance: 0)
    try await suite.dev("talktime", "ledger", "verify")
  }

  // MARK: while Razorpay thinks

  @Test("the order's owner at the time of Razorpay's response gets the time")
  func mergedMeanwhile() async throws {
    let suite = try Suite.running()
    let (gone, stays) = (try await Person.signUp(suite), try await Person.signUp(suite))
    let order = try await gone.order()
    let payment = try await gone.pay(order, webhooks: 0).compactMapValues { $0 as? String }
    let id = try #require(payment["razorpay_payment_id"])
    try await suite.fault("/payments/\(id)", method: "GET", ["kind": "latency", "delay_ms": 2_300])
    async let verified = gone.call("POST", "/billing/payments/verify", body: payment)
    _ = try await eventually("Razorpay is asked") {
      try await suite.requests { $0.hasSuffix("/payments/\(id)") }.isEmpty ? nil : true
    }
    try await suite.dev("talktime", "users", "merge", gone.id, stays.id, "--reason", "one person")
    #expect([200, 202].contains(try await verified.status))
    try await suite.sandbox("DELETE", "/control/razorpay/fault")
    try await suite.tell("payment.captured", of: id)
    _ = try await eventually("the time is with the account that stays") {
      try await stays.balance().number("balance_ms") == 600_000 ? true : nil
    }
    try await suite.dev("talktime", "ledger", "verify")
  }

  @Test("a second payment that is verified while Razorpay is slow is answered, and returned once")
  func slowReturn() async throws {
    let suite = try Suite.running()
    let shop = try await Shop.bought(suite)
    let second = try await suite.sandbox(
      "POST", "/control/razorpay/orders/\(shop.order.razorpayID)/pay",
      body: ["outcome": "captured", "force": true, "webhooks": 0]
    ).json
    let id = try #require(second["razorpay_payment_id"] as? String)
    try await suite.fault("/payments/\(id)", method: nil, ["kind": "latency", "delay_ms": 2_200])
    let verified = try await shop.person.call("POST", "/billing/payments/verify", body: second)
    #expect([200, 202].contains(verified.status))
    try await suite.sandbox("DELETE", "/control/razorpay/fault")
    try await suite.isBack(id, Self.price)
    #expect(try await suite.refunds(of: id).count == 1)
  }
}

/// A user's purchase of ten minutes.
private struct Shop {
  let person: Person
  let order: Person.Order
  let payment: String

  var refundPath: String { "/billing/orders/\(order.id)/refund" }

  static func bought(_ suite: Suite) async throws -> Shop {
    let person = try await Person.signUp(suite)
    let order = try await person.order()
    let paid = try await person.pay(order)
    let shop = Shop(person: person, order: order, payment: try #require(paid["razorpay_payment_id"] as? String))
    try await shop.becomes("paid", balance: 600_000)
    return shop
  }

  /// Pays the same order once more, without a webhook.
  func payAgain() async throws -> String {
    let paid = try await person.suite.sandbox(
      "POST", "/control/razorpay/orders/\(order.razorpayID)/pay",
      body: ["outcome": "captured", "force": true, "webhooks": 0])
    return try paid.text("razorpay_payment_id")
  }

  /// Waits until the order has this status and the user this balance.
  func becomes(_ status: String, balance: Int) async throws {
    _ = try await eventually(within: .seconds(60), "order \(order.id) is \(status) with \(balance) ms") {
      let order = try await person.call("GET", "/billing/orders/\(order.id)")
      let there = try await person.balance().number("balance_ms")
      return order.json["status"] as? String == status && there == balance ? true : nil
    }
  }
}

extension Suite {
  fileprivate func fault(_ path: String, method: String?, _ fault: [String: Any]) async throws {
    var body = fault
    body["path"] = path
    body["method"] = method
    let answer = try await sandbox("PUT", "/control/razorpay/fault", body: body)
    try #require(answer.status == 204, "\(answer.json)")
  }

  fileprivate func tell(_ event: String, of payment: String) async throws {
    let answer = try await sandbox(
      "POST", "/control/razorpay/webhooks", body: ["event": event, "payload": ["payment": payment]])
    try #require(answer.status == 200, "\(answer.json)")
  }

  fileprivate func requests(_ matches: (String) -> Bool) async throws -> [[String: Any]] {
    try await sandbox("GET", "/control/razorpay/requests").items.filter {
      ($0["path"] as? String).map(matches) ?? false
    }
  }

  /// The bodies of the refund requests.
  fileprivate func refundCalls(_ payment: String) async throws -> [[String: Any]] {
    let asked = try await requests { $0.hasSuffix("/payments/\(payment)/refund") }
    return asked.compactMap { $0["json"] as? [String: Any] }
  }

  /// The refunds in Razorpay's own record.
  fileprivate func refunds(of payment: String) async throws -> [[String: Any]] {
    try await razorpay("/v1/payments/\(payment)/refunds?count=100").items
  }

  fileprivate func isBack(_ payment: String, _ amount: Int) async throws {
    _ = try await eventually(within: .seconds(120), "\(payment) is back") {
      try await razorpay("/v1/payments/\(payment)").json["amount_refunded"] as? Int == amount ? true : nil
    }
  }

  /// The output of the operator's reconciliation with `--repair`, from yesterday to tomorrow.
  fileprivate func reconcile() async throws -> String {
    let day = Date.ISO8601FormatStyle().year().month().day()
    return try await talktime(
      "billing", "reconcile", "--from", (Date() - 86_400).formatted(day), "--to", (Date() + 86_400).formatted(day),
      "--repair"
    ).text
  }

  fileprivate func razorpay(_ path: String) async throws -> Answer {
    let credentials = Data("\(try setting("RAZORPAY_KEY_ID")):\(try setting("RAZORPAY_KEY_SECRET"))".utf8)
    let response = try await http.send(
      HTTPClientRequest(
        method: "GET", url: try setting("RAZORPAY_BASE_URL") + path,
        headers: [("Authorization", "Basic \(credentials.base64EncodedString())")], body: nil), deadline: .seconds(10))
    let json = try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any]
    return Answer(status: response.status, response: response, json: json ?? [:])
  }
}
