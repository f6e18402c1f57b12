import Application
import Domain
import Foundation
import Testing

@Suite("Receipts and credit notes", .serialized)
struct DocumentRepositoryContract {
  private let price = Paise(19_900)
  private func moment(_ text: String) throws -> Date { try Date(text, strategy: .iso8601) }

  @Test("a paid order gets one receipt with all its details", arguments: BillingStoreKind.allCases)
  func receipt(kind: BillingStoreKind) async throws {
    try await DocumentRepositoryStage.with(kind) { store in
      let paidAt = try moment("2026-11-25T08:00:00Z")
      let order = try await store.pay(price, GSTState("27"), paidAt)
      #expect(try await store.documents.receipt(of: order) == nil)
      #expect(try await store.issue() == 1)
      #expect(try await store.issue() == 0)
      let receipt = try #require(try await store.documents.receipt(of: order))
      #expect(receipt.number.text == "TT2627-0000001" && receipt.kind == .receipt && receipt.credit == nil)
      #expect(receipt.orderID == order.description && receipt.paymentID == "pay_\(order)")
      #expect(receipt.issuedAt == store.clock.now() && receipt.paidAt == paidAt)
      #expect(receipt.money == Money(price) && receipt.taxable == Paise(16_864))
      #expect(receipt.taxLines == [TaxLines.Line(kind: .integrated, rate: 18_000, amount: Paise(3_036))])
      #expect(receipt.placeOfSupply?.name == "Maharashtra" && receipt.buyer.name == "Asha")
      #expect(receipt.item == "Talk time, Ten minutes" && receipt.talkTime == .minutes(10))
    }
  }

  @Test("receipts are numbered in the order in which the orders were paid", arguments: BillingStoreKind.allCases)
  func order(kind: BillingStoreKind) async throws {
    try await DocumentRepositoryStage.with(kind) { store in
      let later = try await store.pay(price, nil, try moment("2026-11-25T09:00:00Z"))
      let sooner = try await store.pay(price, nil, try moment("2026-11-25T08:00:00Z"))
      try await store.issue()
      #expect(try await store.documents.receipt(of: sooner)?.number.text == "TT2627-0000001")
      #expect(try await store.documents.receipt(of: later)?.number.text == "TT2627-0000002")
    }
  }

  @Test("many receipts by many issuers at once leave no gap and no duplicate", arguments: BillingStoreKind.allCases)
  func concurrent(kind: BillingStoreKind) async throws {
    try await DocumentRepositoryStage.with(kind) { store in
      let issue = store.issue
      let orders = try await withThrowingTaskGroup(of: OrderID.self) { group in
        for number in 0..<50 {
          group.addTask {
            let order = try await store.pay(price, nil, Date(timeIntervalSince1970: 1_795_000_000 + Double(number)))
            try await issue()
            return order
          }
        }
        return try await group.reduce(into: [OrderID]()) { $0.append($1) }
      }
      var numbers: [String] = []
      for order in orders { numbers.append(try #require(try await store.documents.receipt(of: order)).number.text) }
      #expect(numbers.sorted() == (1...50).map { "TT2627-00000" + ($0 < 10 ? "0" : "") + "\($0)" })
    }
  }

  @Test("numbers restart with India's financial year", arguments: BillingStoreKind.allCases)
  func newYear(kind: BillingStoreKind) async throws {
    try await DocumentRepositoryStage.with(kind) { store in
      var numbers: [String] = []
      for time in ["2027-03-31T18:29:58Z", "2027-03-31T18:29:59Z", "2027-03-31T18:30:00Z", "2027-03-31T18:30:01Z"] {
        store.clock.set(try moment(time))
        let order = try await store.pay(price, nil, try moment("2027-03-31T18:00:00Z"))
        try await store.issue()
        numbers.append(try #require(try await store.documents.receipt(of: order)).number.text)
      }
      #expect(numbers == ["TT2627-0000001", "TT2627-0000002", "TT2728-0000001", "TT2728-0000002"])
    }
  }

  @Test("refunds get credit notes of a series of their own, which together take back the receipt's tax")
  func creditNotes() async throws {
    for kind in BillingStoreKind.allCases {
      try await DocumentRepositoryStage.with(kind) { store in
        let order = try await store.pay(Paise(10_001), nil, store.clock.now())
        let parts = [Paise(3_333), Paise(3_333), Paise(3_335)]
        var ids = [try await store.refund(parts[0], order, false), try await store.refund(parts[1], order, false)]
        #expect(try await store.issue() == 3)
        ids.append(try await store.refund(parts[2], order, true))
        #expect(try await store.issue() == 1)
        let receipt = try #require(try await store.documents.receipt(of: order))
        let notes = try await store.documents.creditNotes(of: order)
        #expect(notes.map(\.number.text) == ["CN2627-0000001", "CN2627-0000002", "CN2627-0000003"])
        #expect(notes.map(\.amount) == parts && notes.compactMap(\.credit?.refundID) == ids)
        #expect(notes.allSatisfy { $0.credit?.receipt == receipt.number && $0.buyer == receipt.buyer })
        #expect(notes.map { $0.credit?.razorpayRefundID == nil } == [false, false, true])
        #expect(notes.map(\.credit?.reason) == ["Refund", "Refund", "Disputed payment"])
        #expect(notes.reduce(Paise.zero) { $0 + $1.taxable } == receipt.taxable)
        for line in receipt.taxLines.indices {
          #expect(notes.reduce(Paise.zero) { $0 + $1.taxLines[line].amount } == receipt.taxLines[line].amount)
        }
      }
    }
  }

  @Test(
    "a refund that the bank reverses has its credit note reversed, line by line, and the next refund gets its own",
    arguments: BillingStoreKind.allCases)
  func sentBack(kind: BillingStoreKind) async throws {
    try await DocumentRepositoryStage.with(kind) { store in
      let order = try await store.pay(price, nil, store.clock.now())
      let first = try await store.refund(price, order, false)
      #expect(try await store.issue() == 2)
      #expect(try await store.documents.debitNotes(of: order).isEmpty)
      try await store.sendBack(first)
      #expect(try await store.issue() == 1)
      #expect(try await store.issue() == 0)
      let second = try await store.refund(price, order, false)
      #expect(try await store.issue() == 1)
      let receipt = try #require(try await store.documents.receipt(of: order))
      let notes = try await store.documents.creditNotes(of: order)
      let reversal = try #require(try await store.documents.debitNotes(of: order).first)
      #expect(reversal.kind == .debitNote && reversal.number.text == "DN2627-0000001" && reversal.title == "Debit note")
      #expect(notes.map(\.number.text) == ["CN2627-0000001", "CN2627-0000002"])
      #expect(notes.compactMap(\.credit?.refundID) == [first, second])
      #expect(reversal.reversal?.creditNote == notes.first?.number && reversal.credit == notes.first?.credit)
      #expect(
        reversal.money == notes.first?.money && reversal.tax == notes.first?.tax && reversal.buyer == receipt.buyer)
      #expect(notes.last?.money == receipt.money && notes.last?.tax == receipt.tax)
    }
  }

  @Test(
    "a customer's fee is in no receipt and no credit note, in however many parts it is refunded",
    arguments: BillingStoreKind.allCases, [[20_370], [10_000, 10_370], [19_900, 470], [470, 19_900]])
  func customerFee(kind: BillingStoreKind, parts: [Int64]) async throws {
    try await DocumentRepositoryStage.with(kind) { store in
      let order = try await store.pay(price, nil, store.clock.now())
      try await store.fee(Paise(470), order)
      for part in parts {
        _ = try await store.refund(Paise(part), order, false)
        try await store.issue()
      }
      let receipt = try #require(try await store.documents.receipt(of: order))
      let notes = try await store.documents.creditNotes(of: order)
      #expect(notes.reduce(Paise.zero) { $0 + $1.amount } == receipt.amount)
      #expect(notes.reduce(Paise.zero) { $0 + $1.taxable } == receipt.taxable)
      #expect(try await store.issue() == 0)
    }
  }

  @Test("a refund that was reversed before its credit note gets neither note", arguments: BillingStoreKind.allCases)
  func sentBackBefore(kind: BillingStoreKind) async throws {
    try await DocumentRepositoryStage.with(kind) { store in
      let order = try await store.pay(price, nil, store.clock.now())
      try await store.sendBack(try await store.refund(price, order, false))
      #expect(try await store.issue() == 1)
      #expect(try await store.documents.creditNotes(of: order).isEmpty)
      #expect(try await store.documents.debitNotes(of: order).isEmpty)
    }
  }

  @Test(
    "a credit note that exceeds its receipt waits for the reversal before it, and blocks no other document",
    arguments: BillingStoreKind.allCases)
  func waits(kind: BillingStoreKind) async throws {
    try await DocumentRepositoryStage.with(kind) { store in
      let order = try await store.pay(price, nil, store.clock.now())
      // The update about the second refund arrived before the update that the bank had returned the first.
      let first = try await store.refund(price, order, false)
      let second = try await store.refund(Paise(9_900), order, false)
      let other = try await store.pay(price, nil, store.clock.now())
      _ = try await store.refund(Paise(100), other, false)
      try await store.issue()
      try await store.issue()
      #expect(try await store.documents.creditNotes(of: order).compactMap(\.credit?.refundID) == [first])
      #expect(try await store.documents.creditNotes(of: other).count == 1)
      try await store.sendBack(first)
      #expect(try await store.issue() == 2)
      #expect(try await store.documents.creditNotes(of: order).compactMap(\.credit?.refundID) == [first, second])
      #expect(try await store.documents.debitNotes(of: order).map(\.amount) == [price])
    }
  }

  @Test(
    "partial refunds, some of them reversed, never take more than the receipt, and in the end exactly its tax",
    arguments: BillingStoreKind.allCases)
  func someComeBack(kind: BillingStoreKind) async throws {
    try await DocumentRepositoryStage.with(kind) { store in
      let order = try await store.pay(Paise(10_001), nil, store.clock.now())
      let parts = [Paise(3_333), Paise(3_333), Paise(3_335)]
      for (index, part) in parts.enumerated() {
        let refund = try await store.refund(part, order, false)
        try await store.issue()
        guard index < 2 else { continue }
        try await store.sendBack(refund)
        try await store.issue()
        _ = try await store.refund(part, order, false)
        try await store.issue()
      }
      let receipt = try #require(try await store.documents.receipt(of: order))
      let credited = try await store.documents.creditNotes(of: order)
      let reversed = try await store.documents.debitNotes(of: order)
      #expect(credited.count == 5 && reversed.count == 2)
      func sum(_ value: (TaxDocument) -> Paise) -> Paise {
        credited.reduce(Paise.zero) { $0 + value($1) } - reversed.reduce(Paise.zero) { $0 + value($1) }
      }
      #expect(sum(\.amount) == receipt.amount && sum(\.taxable) == receipt.taxable)
      for line in receipt.taxLines.indices {
        #expect(sum { $0.taxLines[line].amount } == receipt.taxLines[line].amount)
      }
    }
  }

  @Test(
    "a seller who is not registered collects no tax, neither on receipts nor on notes",
    arguments: BillingStoreKind.allCases)
  func unregistered(kind: BillingStoreKind) async throws {
    try await DocumentRepositoryStage.with(kind) { store in
      let order = try await store.pay(price, GSTState("27"), store.clock.now())
      try await store.sendBack(try await store.refund(price, order, false))
      _ = try await store.refund(Paise(100), order, false)
      let issue = DocumentRepositoryStage.issuer(store.documents, gstin: nil)
      #expect(try await issue() == 2)
      let receipt = try #require(try await store.documents.receipt(of: order))
      #expect(receipt.taxLines.isEmpty && receipt.taxable == price && receipt.title == "Receipt")
      let notes = try await store.documents.creditNotes(of: order)
      #expect(notes.count == 1 && notes.allSatisfy { $0.taxLines.isEmpty && $0.taxable == Paise(100) })
    }
  }

  @Test("an order without a known state names no place of supply", arguments: BillingStoreKind.allCases)
  func nowhere(kind: BillingStoreKind) async throws {
    try await DocumentRepositoryStage.with(kind) { store in
      let order = try await store.pay(price, nil, store.clock.now())
      _ = try await store.refund(price, order, false)
      #expect(try await store.issue() == 2)
      let receipt = try #require(try await store.documents.receipt(of: order))
      #expect(receipt.placeOfSupply == nil && receipt.taxLines.map(\.kind) == [.central, .state])
      #expect(try await store.documents.creditNotes(of: order).map(\.placeOfSupply) == [nil])
    }
  }

  @Test("a document that cannot be written takes no number", arguments: BillingStoreKind.allCases)
  func failedWrite(kind: BillingStoreKind) async throws {
    try await DocumentRepositoryStage.with(kind) { store in
      for _ in 0..<3 { _ = try await store.pay(price, nil, store.clock.now()) }
      await #expect(throws: BillingError.unavailable) {
        try await store.documents.issueReceipts(upTo: 10) { _, slot throws(BillingError) in
          #expect(slot.sequence <= 1)
          throw .unavailable
        }
      }
      let order = try await store.pay(price, nil, store.clock.now().addingTimeInterval(60))
      #expect(try await store.issue() == 4)
      #expect(try await store.documents.receipt(of: order)?.number.text == "TT2627-0000004")
    }
  }

  @Test("one call issues more than one batch", arguments: BillingStoreKind.allCases)
  func batches(kind: BillingStoreKind) async throws {
    try await DocumentRepositoryStage.with(kind) { store in
      for _ in 0..<101 { _ = try await store.pay(price, nil, store.clock.now()) }
      #expect(try await store.issue() == 101)
    }
  }
}
