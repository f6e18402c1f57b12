import Foundation
import Testing

@Suite("Receipts through Caddy", .serialized)
struct ReceiptTests {
  private func page(_ person: Person, _ path: String, accept: String = "text/html") async throws -> Answer {
    try await person.call("GET", path, headers: [("Accept", accept)])
  }

  @Test("a paid order has a printable page, and the mail contains it")
  func receipt() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    try await person.verifyEmail()
    let order = try await person.order()
    let path = "/billing/transactions/\(order.id)/receipt"
    let early = try await page(person, path)
    #expect(early.status == 409)
    #expect(try early.text("code") == "not_paid")

    let payment = try await person.pay(order)
    let verified = try await person.call("POST", "/billing/payments/verify", body: payment)
    #expect([200, 202].contains(verified.status))
    let receipt = try await eventually("the receipt is there") {
      let answer = try await page(person, path)
      return answer.status == 200 ? answer : nil
    }
    let html = String(decoding: receipt.response.body, as: UTF8.self)
    let number = try #require(html.firstMatch(of: #/TT[0-9]{4}-[0-9]{7}/#)).output
    #expect(html.contains("₹199.00") && html.contains(person.email))
    // The suite's seller is not registered, and the buyer's state is not known.
    #expect(html.contains("<h1>Receipt</h1>") && html.contains("not registered under GST"))
    for text in ["CGST", "SGST", "IGST", "Place of supply"] { #expect(!html.contains(text), "\(text)") }
    #expect(receipt.response.header("content-type") == "text/html; charset=utf-8")
    #expect(receipt.response.header("cache-control") == "no-store")
    #expect(receipt.response.header("content-security-policy")?.hasPrefix("default-src 'none'") == true)

    let mail = try await person.mail("talk time is here")
    let text = try #require(mail["text"] as? String)
    #expect(
      text.contains(number) && text.contains("Total: ₹199.00") && !text.contains("GST")
        && text.contains("#receipt=\(order.id)"))
    let attachment = try #require((mail["attachments"] as? [[String: Any]])?.first)
    #expect(attachment["Filename"] as? String == "\(number).html")
    let content = try #require((attachment["Base64Content"] as? String).flatMap { Data(base64Encoded: $0) })
    #expect(String(decoding: content, as: UTF8.self) == html)
  }

  @Test("a PDF is refused with a hint, and another user's receipt is not found")
  func refusals() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let stranger = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    let id = try #require(try await person.call("GET", "/billing/transactions").items.first?["id"] as? String)
    let path = "/billing/transactions/\(id)/receipt"
    let pdf = try await page(person, path, accept: "application/pdf")
    #expect(pdf.status == 406)
    #expect(try pdf.text("code") == "not_acceptable")
    #expect(try pdf.text("detail").contains("prints"))
    #expect(try await page(person, path, accept: "*/*").status == 200)
    #expect(try await page(stranger, path).status == 404)
    #expect(try await suite.call("GET", path).status == 401)
    #expect(try await page(person, "/billing/transactions/x/receipt").status == 404)
    #expect(try await page(stranger, "/billing/transactions/\(id)/credit-notes").status == 404)
    let notes = try await person.call("GET", "/billing/transactions/\(id)/credit-notes")
    #expect(notes.status == 200 && notes.items.isEmpty)
    #expect(try await page(person, "/billing/transactions/\(id)/credit-notes/CN2627-0000001").status == 404)
  }

  @Test("a refund has a credit note, by mail and as a page")
  func creditNote() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    try await person.verifyEmail()
    let order = try await person.order()
    let payment = try await person.pay(order)
    _ = try await eventually("the payment is captured") {
      try await person.call("POST", "/billing/payments/verify", body: payment).json["status"] as? String == "captured"
        ? true : nil
    }
    let id = try #require(payment["razorpay_payment_id"] as? String)
    try await suite.sandbox("POST", "/control/razorpay/payments/\(id)/refund", body: ["amount": 9_900])
    let path = "/billing/transactions/\(order.id)/credit-notes"
    let note = try await eventually("the credit note is there") { try await person.call("GET", path).items.first }
    let number = try #require(note["number"] as? String)
    #expect(number.hasPrefix("CN") && note["amount"] as? Int == 9_900)
    let html = String(decoding: try await page(person, "\(path)/\(number)").response.body, as: UTF8.self)
    #expect(html.contains("Credit note") && html.contains("₹99.00"))
    #expect(html.firstMatch(of: #/TT[0-9]{4}-[0-9]{7} of/#) != nil)
    let mail = try await person.mail("credit note \(number)")
    #expect((mail["text"] as? String)?.contains("Total: ₹99.00") == true)
  }

  @Test("a refund that the bank reverses has its credit note reversed, and the next refund has its own")
  func sentBack() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    try await person.verifyEmail()
    let order = try await bought(person)
    let path = "/billing/transactions/\(order.id)"
    func refund() async throws -> String {
      try await suite.sandbox("POST", "/control/razorpay/payments/\(order.payment)/refund", body: ["amount": 19_900])
        .text("id")
    }
    func notes(_ kind: String, _ count: Int) async throws -> [[String: Any]] {
      try await eventually("there are \(count) \(kind)") {
        let items = try await person.call("GET", "\(path)/\(kind)").items
        return items.count == count ? items : nil
      }
    }
    let first = try await refund()
    let credit = try #require(try await notes("credit-notes", 1).first?["number"] as? String)
    #expect(try await person.call("GET", "\(path)/debit-notes").items.isEmpty)
    try await suite.sandbox("POST", "/control/razorpay/refunds/\(first)/fail", body: [:])
    let debit = try #require(try await notes("debit-notes", 1).first)
    let number = try #require(debit["number"] as? String)
    #expect(number.hasPrefix("DN") && debit["amount"] as? Int == 19_900 && debit["credit_note"] as? String == credit)
    let html = String(decoding: try await page(person, "\(path)/debit-notes/\(number)").response.body, as: UTF8.self)
    #expect(html.contains("<h1>Debit note</h1>") && html.contains("\(credit) of"))
    #expect(try await page(try await Person.signUp(suite), "\(path)/debit-notes/\(number)").status == 404)
    let mail = try await person.mail("debit note \(number)")
    #expect((mail["text"] as? String)?.contains("refund of credit note \(credit)") == true)
    #expect(try await person.balance().number("balance_ms") == 600_000)
    _ = try await refund()
    let again = try await notes("credit-notes", 2)
    #expect(Set(again.compactMap { $0["number"] as? String }).count == 2)
    #expect(try await person.call("GET", "\(path)/debit-notes").items.count == 1)
    try await suite.dev("talktime", "ledger", "verify")
  }

  @Test("a registered seller's invoice names the buyer's state, and a registered buyer's name and address")
  func registered() async throws {
    let suite = try Suite.running()
    let settings = ["SELLER_GSTIN": "29 AAGCB 7383J 1Z4", "SELLER_ADDRESS": "1 MG Road, Bengaluru"]
    try await suite.withService("billing", settings) {
      let person = try await Person.signUp(suite)
      #expect(try await person.call("GET", "/billing/buyer").json["asks_for_state"] as? Bool == true)
      let business = try await bought(
        person, ["gstin": "27-aapfu 0939f-1zv", "name": "Uno Traders", "address": "1 Hill Road\nMumbai"])
      let invoice = try await html(person, business.id)
      for text in [
        "<h1>Tax invoice</h1>", "GSTIN 29AAGCB7383J1Z4", "GSTIN 27AAPFU0939F1ZV", "Uno Traders", "1 Hill Road\nMumbai",
        "Maharashtra (27)", "IGST at 18 %",
      ] { #expect(invoice.contains(text), "\(text)") }
      let kept = try await person.call("GET", "/billing/buyer")
      #expect(try kept.text("state") == "27" && kept.text("gstin") == "27AAPFU0939F1ZV")
      #expect(try kept.text("name") == "Uno Traders" && kept.text("address") == "1 Hill Road\nMumbai")
      // The state is kept from then on; a registration must be given with each order.
      let personal = try await html(person, try await bought(person).id)
      #expect(personal.contains("Maharashtra (27)") && personal.contains("IGST at 18 %"))
      #expect(!personal.contains("27AAPFU0939F1ZV") && !personal.contains("Uno Traders"))
      let moved = try await html(person, try await bought(person, ["state": "29-Karnataka"]).id)
      #expect(moved.contains("Karnataka (29)") && moved.contains("CGST at 9 %") && moved.contains("SGST at 9 %"))

      let stranger = try await Person.signUp(suite)
      let nowhere = try await html(stranger, try await bought(stranger).id)
      #expect(nowhere.contains("Not told by the buyer. Taxed where the supplier is, in Karnataka (29)."))
    }
  }

  @Test("if the seller requires it, an order without a known state is refused")
  func stateRequired() async throws {
    let suite = try Suite.running()
    try await suite.withService("billing", ["BUYER_STATE_REQUIRED": "true"]) {
      let person = try await Person.signUp(suite)
      func place(_ body: [String: Any]) async throws -> Answer {
        try await person.call(
          "POST", "/billing/orders", body: body.merging(["pack_id": "ten-minutes"]) { $1 },
          headers: [("Idempotency-Key", UUID().uuidString)])
      }
      let refused = try await place([:])
      let problem = try #require((refused.json["errors"] as? [[String: Any]])?.first)
      #expect(refused.status == 400 && problem["field"] as? String == "state")
      #expect(problem["code"] as? String == "required")
      #expect(try await place(["state": "Orissa"]).text("state") == "21")
      #expect(try await place([:]).text("state") == "21")
    }
  }

  @Test("an invalid name, address, state or GSTIN is reported by its field")
  func wrongBuyer() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let long = String(repeating: "a", count: 400)
    for (field, value) in [
      ("name", long), ("name", "a\nb"), ("address", long), ("address", "a\u{1}"), ("state", "Atlantis"),
      ("state", "29-Kerala"), ("gstin", "27AAPFU0939F1ZW"),
    ] {
      let answer = try await person.call(
        "POST", "/billing/orders", body: ["pack_id": "ten-minutes", field: value],
        headers: [("Idempotency-Key", UUID().uuidString)])
      let problem = (answer.json["errors"] as? [[String: Any]])?.first
      #expect(answer.status == 400 && problem?["field"] as? String == field, "\(field)")
    }
    #expect(try await person.call("GET", "/billing/transactions").items.isEmpty)
    let kept = try await person.call("GET", "/billing/buyer").json
    #expect(kept["state"] == nil && kept["name"] == nil && kept["asks_for_state"] as? Bool == false)
    #expect(try await suite.call("GET", "/billing/buyer").status == 401)
  }

  private func bought(
    _ person: Person, _ buyer: [String: Any] = [:]
  ) async throws -> (id: String, payment: String) {
    let order = try await person.order(buyer)
    let payment = try await person.pay(order)
    _ = try await eventually("the payment is captured") {
      try await person.call("POST", "/billing/payments/verify", body: payment).json["status"] as? String == "captured"
        ? true : nil
    }
    return (order.id, try #require(payment["razorpay_payment_id"] as? String))
  }

  private func html(_ person: Person, _ order: String) async throws -> String {
    try await eventually("the receipt is there") {
      let answer = try await page(person, "/billing/transactions/\(order)/receipt")
      return answer.status == 200 ? String(decoding: answer.response.body, as: UTF8.self) : nil
    }
  }

  @Test("twenty simultaneous purchases get twenty numbers")
  func many() async throws {
    let suite = try Suite.running()
    let numbers = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<20 {
        group.addTask {
          let buyer = try await Person.signUp(suite)
          let order = try await buyer.order()
          _ = try await buyer.call("POST", "/billing/payments/verify", body: try await buyer.pay(order))
          let html = try await eventually("the receipt is there") {
            let answer = try await page(buyer, "/billing/transactions/\(order.id)/receipt")
            return answer.status == 200 ? String(decoding: answer.response.body, as: UTF8.self) : nil
          }
          return String(try #require(html.firstMatch(of: #/TT[0-9]{4}-[0-9]{7}/#)).output)
        }
      }
      return try await group.reduce(into: [String]()) { $0.append($1) }
    }
    #expect(Set(numbers).count == 20)
  }
}
