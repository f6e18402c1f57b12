import Application
import DocumentsAdapter
import Domain
import FoundationEssentials
import HTTPServing
import HTTPTypes
import Hummingbird

/// /billing/transactions/{id}/receipt, …/credit-notes and …/debit-notes: pages that print.
struct ReceiptRoutes: Sendable {
  let read: ReadReceipt
  let pages: any DocumentRenderer
  let authenticator: Authenticator

  func add(to router: Router<ServingContext>) {
    let own = router.group("/billing/transactions/:id").add(middleware: RequirePrincipal(authenticator))
    own.get("receipt") { request, context in
      let (order, user) = try Self.asked(context)
      try Self.requireHTML(request)
      return try page(try await reading { () async throws(ReadReceiptError) in try await read(order, by: user) })
    }
    own.get("credit-notes") { _, context in
      let (order, user) = try Self.asked(context)
      let notes = try await reading { () async throws(ReadReceiptError) in
        try await read.creditNotes(of: order, by: user)
      }
      return try json(Page(items: notes.map(CreditNoteResponse.init), nextCursor: nil))
    }
    own.get("credit-notes/:number") { request, context in
      let (order, user) = try Self.asked(context)
      guard let number = context.parameters.get("number").flatMap({ DocumentNumber(String($0)) }) else {
        throw Problem.notFound("There is no such credit note.")
      }
      try Self.requireHTML(request)
      return try page(
        try await reading { () async throws(ReadReceiptError) in
          try await read.creditNote(number, of: order, by: user)
        })
    }
    own.get("debit-notes") { _, context in
      let (order, user) = try Self.asked(context)
      let notes = try await reading { () async throws(ReadReceiptError) in
        try await read.debitNotes(of: order, by: user)
      }
      return try json(Page(items: notes.map(DebitNoteResponse.init), nextCursor: nil))
    }
    own.get("debit-notes/:number") { request, context in
      let (order, user) = try Self.asked(context)
      guard let number = context.parameters.get("number").flatMap({ DocumentNumber(String($0)) }) else {
        throw Problem.notFound("There is no such debit note.")
      }
      try Self.requireHTML(request)
      return try page(
        try await reading { () async throws(ReadReceiptError) in
          try await read.debitNote(number, of: order, by: user)
        })
    }
  }

  private static func asked(_ context: ServingContext) throws -> (OrderID, UserID) {
    let user = try context.requirePrincipal().userID
    guard let order = context.parameters.get("id").flatMap({ OrderID(String($0)) }) else {
      throw Problem.notFound("There is no such order.")
    }
    return (order, user)
  }

  /// A PDF is the browser's to make.
  private static func requireHTML(_ request: Request) throws {
    do { _ = try request.preferredMedia(of: ["text/html"]) } catch {
      throw Problem(
        error.status, code: error.code, detail: "This can be had as text/html, which prints well and so saves as PDF.",
        members: error.members)
    }
  }

  private func page(_ document: TaxDocument) throws -> Response {
    let headers: HTTPFields = [
      .contentType: "text/html; charset=utf-8", .vary: "Accept",
      .contentSecurityPolicy: DocumentPages.contentSecurityPolicy,
      .contentDisposition: "inline; filename=\"\(document.fileName)\"",
    ]
    return Response(
      status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(string: try pages.page(document))))
  }
}

private struct CreditNoteResponse: Encodable {
  let number: String
  let amount: Int64
  let currency: String
  let issuedAt: Date

  init(_ document: TaxDocument) {
    number = document.number.text
    amount = document.amount.count
    currency = document.currency.code
    issuedAt = document.issuedAt
  }

  enum CodingKeys: String, CodingKey { case number, amount, currency, issuedAt = "issued_at" }
}

private struct DebitNoteResponse: Encodable {
  let number: String
  let amount: Int64
  let currency: String
  let issuedAt: Date
  /// The number that it takes back.
  let creditNote: String?

  init(_ document: TaxDocument) {
    number = document.number.text
    amount = document.amount.count
    currency = document.currency.code
    issuedAt = document.issuedAt
    creditNote = document.reversal?.creditNote.text
  }

  enum CodingKeys: String, CodingKey {
    case number, amount, currency, issuedAt = "issued_at", creditNote = "credit_note"
  }
}

private func reading<T>(_ body: () async throws(ReadReceiptError) -> T) async throws(Problem) -> T {
  do { return try await body() } catch {
    switch error {
    case .unavailable: throw .unavailable(error.code, "The service cannot answer just now.")
    case .notFound: throw .notFound("There is no such receipt.")
    case .notPaid: throw Problem(.conflict, error, detail: "The order is not paid. Its receipt comes with the payment.")
    }
  }
}
