import Foundation
import Testing

@Suite("Receipts through Caddy", .serialized)
struct ReceiptTests {
  private func page(_ person: Person, _ path: String, accept: String = "text/html") async throws -> Answer {
    try await person.call("GET", path, headers: [("Accept", accept)])
  }

  @Test("a paid order has a page that prints, and the mail carries it")
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
    #expect(html.contains("₹199.00") && html.contains("CGST at 9 %") && html.contains(person.email))
    #expect(receipt.response.header("content-type") == "text/html; charset=utf-8")
    #expect(receipt.response.header("cache-control") == "no-store")
    #expect(receipt.response.header("content-security-policy")?.hasPrefix("default-src 'none'") == true)

    let mail = try await person.mail("talk time is here")
    let text = try #require(mail["text"] as? String)
    #expect(text.contains(number) && text.contains("CGST: ₹15.18") && text.contains("#receipt=\(order.id)"))
    let attachment = try #require((mail["attachments"] as? [[String: Any]])?.first)
    #expect(attachment["Filename"] as? String == "\(number).html")
    let content = try #require((attachment["Base64Content"] as? String).flatMap { Data(base64Encoded: $0) })
    #expect(String(decoding: content, as: UTF8.self) == html)
  }

  @Test("a PDF is refused with a hint, and another's receipt is not found")
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

  @Test("money that goes back has a credit note, by mail and as a page")
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

  @Test("twenty who buy at once get twenty numbers")
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
