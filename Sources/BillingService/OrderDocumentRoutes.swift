import Application
import DocumentsAdapter
import Domain
import FoundationEssentials
import HTTPServing
import HTTPTypes
import Hummingbird

/// /billing/transactions/{id}/receipt, …/credit-notes and …/debit-notes: pages for printing.
struct OrderDocumentRoutes: Sendable {
  let read: ReadOrderDocuments
  let pages: any DocumentRenderer
  let authenticator: Authenticator

  func add(to router: Router<HTTPRequestContext>) {
    let own = router.group("/billing/transactions/:id").add(middleware: RequirePrincipal(authenticator))
    own.get("receipt") { request, context in
      let (order, user) = try Self.asked(context)
      try Self.requireHTML(request)
      return try page(try await read(order, by: user))
    }
    own.get("credit-notes") { _, context in
      let (order, user) = try Self.asked(context)
      let notes = try await read.creditNotes(of: order, by: user)
      return try json(Page(items: notes.map(CreditNoteResponse.init), nextCursor: nil))
    }
    own.get("credit-notes/:number") { request, context in
      let (order, user) = try Self.asked(context)
      guard let number = Self.number(context) else { throw ReadOrderDocumentsError.creditNoteNotFound }
      try Self.requireHTML(request)
      return try page(try await read.creditNote(number, of: order, by: user))
    }
    own.get("debit-notes") { _, context in
      let (order, user) = try Self.asked(context)
      let notes = try await read.debitNotes(of: order, by: user)
      return try json(Page(items: notes.map(DebitNoteResponse.init), nextCursor: nil))
    }
    own.get("debit-notes/:number") { request, context in
      let (order, user) = try Self.asked(context)
      guard let number = Self.number(context) else { throw ReadOrderDocumentsError.debitNoteNotFound }
      try Self.requireHTML(request)
      return try page(try await read.debitNote(number, of: order, by: user))
    }
  }

  private static func asked(_ context: HTTPRequestContext) throws -> (OrderID, UserID) {
    let user = try context.requirePrincipal().userID
    guard let order = context.parameters.get("id").flatMap({ OrderID(String($0)) }) else {
      throw BillingError.orderNotFound
    }
    return (order, user)
  }

  private static func number(_ context: HTTPRequestContext) -> DocumentNumber? {
    context.parameters.get("number").flatMap { DocumentNumber(String($0)) }
  }

  /// Only HTML is offered: a PDF can be made by the browser.
  private static func requireHTML(_ request: Request) throws(Problem) {
    try request.preferredMedia(
      of: ["text/html"], hint: "This can be had as text/html, which prints well and so saves as PDF.")
  }

  private func page(_ document: TaxDocument) throws -> Response {
    let headers: HTTPFields = [
      .contentType: "text/html; charset=utf-8", .vary: "Accept",
      .contentSecurityPolicy: MustacheDocumentRenderer.contentSecurityPolicy,
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
  /// The number of the credit note that is reversed.
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
