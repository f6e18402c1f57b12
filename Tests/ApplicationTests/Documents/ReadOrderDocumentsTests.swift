import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Reading a receipt")
struct ReadOrderDocumentsTests {
  private let shop = Shop()
  private let documents = InMemoryDocumentRepository()

  private var read: ReadOrderDocuments {
    ReadOrderDocuments(orders: shop.orders, documents: documents, issue: documents.issuer)
  }

  private func paidOrder() async throws -> Order {
    let order = try await shop.place()
    _ = try await shop.confirm(shop.pay(order), of: order, cause: "test")
    documents.add(.sample(order.id, paymentID: "pay_1"))
    return order
  }

  @Test("a request before the receipt was issued issues it, and later requests get the same one")
  func issues() async throws {
    let order = try await paidOrder()
    let first = try await read(order.id, by: shop.user)
    #expect(first.number.text == "TT2627-0000001")
    #expect(try await read(order.id, by: shop.user) == first)
    #expect(documents.all == [first])
  }

  @Test("another user's order is not found, nor is one that does not exist")
  func another() async throws {
    let order = try await paidOrder()
    await #expect(throws: ReadOrderDocumentsError.notFound) { try await read(order.id, by: UserID(UUID())) }
    await #expect(throws: ReadOrderDocumentsError.notFound) { try await read(OrderID(UUID()), by: shop.user) }
    await #expect(throws: ReadOrderDocumentsError.notFound) {
      try await read.creditNotes(of: order.id, by: UserID(UUID()))
    }
    #expect(documents.all.isEmpty)
  }

  @Test("an unpaid order has no receipt yet")
  func notPaid() async throws {
    let order = try await shop.place()
    await #expect(throws: ReadOrderDocumentsError.notPaid) { try await read(order.id, by: shop.user) }
  }

  @Test("a credit note is found by its number, among those of its own order only")
  func creditNote() async throws {
    let order = try await paidOrder()
    documents.returned(Paise(100), of: order.id, id: "r", razorpayID: nil)
    let notes = try await read.creditNotes(of: order.id, by: shop.user)
    let number = try #require(notes.first?.number)
    #expect(notes.count == 1 && number.text == "CN2627-0000001")
    #expect(try await read.creditNote(number, of: order.id, by: shop.user) == notes.first)
    let receipt = try await read(order.id, by: shop.user).number
    await #expect(throws: ReadOrderDocumentsError.creditNoteNotFound) {
      try await read.creditNote(receipt, of: order.id, by: shop.user)
    }
  }

  @Test("a reversal is found by its number, among those of its own order only")
  func debitNote() async throws {
    let order = try await paidOrder()
    documents.returned(Paise(100), of: order.id, id: "r", razorpayID: nil)
    _ = try await read.creditNotes(of: order.id, by: shop.user)
    #expect(try await read.debitNotes(of: order.id, by: shop.user).isEmpty)
    documents.sentBack("r")
    let note = try #require(try await read.debitNotes(of: order.id, by: shop.user).first)
    #expect(note.number.text == "DN2627-0000001")
    #expect(try await read.debitNote(note.number, of: order.id, by: shop.user) == note)
    await #expect(throws: ReadOrderDocumentsError.notFound) {
      try await read.debitNotes(of: order.id, by: UserID(UUID()))
    }
    let credit = try #require(note.reversal?.creditNote)
    await #expect(throws: ReadOrderDocumentsError.debitNoteNotFound) {
      try await read.debitNote(credit, of: order.id, by: shop.user)
    }
  }

  @Test("while the database cannot be read a request fails")
  func away() async throws {
    let order = try await paidOrder()
    documents.goAway(true)
    await #expect(throws: ReadOrderDocumentsError.unavailable) { try await read(order.id, by: shop.user) }
  }
}
