import Application
import Domain
import FoundationEssentials
import Synchronization

/// Documents in memory, with the sales and refunds that have none yet. Each series is numbered under one lock, and a
/// write that fails changes nothing.
public final class InMemoryDocumentRepository: DocumentRegister, DocumentReader {
  private struct Refund {
    let id: String
    let order: OrderID
    let razorpayID: String?
    let amount, customerFee: Paise
    let wasDisputed: Bool
    var creditNote, debitNote: DocumentNumber?
    var isBack = false
  }

  private struct State {
    var paid: [ReceiptOrder] = []
    var refunds: [Refund] = []
    var documents: [(order: OrderID, document: TaxDocument)] = []
    var isAway = false
  }

  private let clock: FakeClock
  private let state = Mutex(State())

  public init(clock: FakeClock = FakeClock()) { self.clock = clock }

  public func add(_ order: ReceiptOrder) { state.withLock { $0.paid.append(order) } }

  /// - Parameter id: this system's id.
  /// - Parameter customerFee: the amount of the payment above the order's price.
  public func returned(
    _ amount: Paise, of order: OrderID, id: String, razorpayID: String?, customerFee: Paise = .zero,
    wasDisputed: Bool = false
  ) {
    state.withLock {
      $0.refunds.append(
        Refund(
          id: id, order: order, razorpayID: razorpayID, amount: amount, customerFee: customerFee,
          wasDisputed: wasDisputed))
    }
  }

  /// Records that the bank has reversed this refund.
  public func sentBack(_ id: String) {
    state.withLock { state in
      for index in state.refunds.indices where state.refunds[index].id == id { state.refunds[index].isBack = true }
    }
  }

  /// Whether every call fails from now on.
  public func goAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

  /// In the order in which they were issued.
  public var all: [TaxDocument] { state.withLock { $0.documents.map(\.document) } }

  public func issueReceipts(
    upTo limit: Int, _ write: @escaping @Sendable (ReceiptOrder, NextDocumentNumber) throws(BillingError) -> TaxDocument
  ) async throws(BillingError) -> Int {
    try change { state throws(BillingError) in
      let waiting = state.paid.filter { order in !state.documents.contains { $0.order == order.id } }
        .sorted { $0.paidAt < $1.paidAt }.prefix(limit)
      for order in waiting {
        state.documents.append((order.id, try write(order, slot(.receipt, state))))
      }
      return waiting.count
    }
  }

  public func issueCreditNotes(
    upTo limit: Int,
    _ write: @escaping @Sendable (ReceiptReversal, NextDocumentNumber) throws(BillingError) -> TaxDocument
  ) async throws(BillingError) -> Int {
    try change { state throws(BillingError) in
      var issued = 0
      for index in state.refunds.indices where issued < limit {
        let refund = state.refunds[index]
        guard refund.creditNote == nil, !refund.isBack,
          let receipt = Self.find(.receipt, refund.order, state).first
        else { continue }
        let reversed = state.refunds.filter { $0.debitNote != nil }.map(\.creditNote)
        let standing = Self.find(.creditNote, refund.order, state).filter { !reversed.contains($0.number) }
        let back = ReceiptReversal(
          receipt: receipt, refundID: refund.id, razorpayRefundID: refund.razorpayID, amount: refund.amount,
          customerFee: refund.customerFee, standing: standing, wasDisputed: refund.wasDisputed)
        guard back.creditable != nil else { continue }
        let note = try write(back, slot(.creditNote, state))
        state.documents.append((refund.order, note))
        state.refunds[index].creditNote = note.number
        issued += 1
      }
      return issued
    }
  }

  public func issueDebitNotes(
    upTo limit: Int, _ write: @escaping @Sendable (TaxDocument, NextDocumentNumber) throws(BillingError) -> TaxDocument
  ) async throws(BillingError) -> Int {
    try change { state throws(BillingError) in
      var issued = 0
      for index in state.refunds.indices where issued < limit {
        let refund = state.refunds[index]
        guard refund.isBack, refund.debitNote == nil,
          let credit = Self.find(.creditNote, refund.order, state).first(where: { $0.number == refund.creditNote })
        else { continue }
        let note = try write(credit, slot(.debitNote, state))
        state.documents.append((refund.order, note))
        state.refunds[index].debitNote = note.number
        issued += 1
      }
      return issued
    }
  }

  public func receipt(of order: OrderID) async throws(BillingError) -> TaxDocument? {
    try change { state in Self.find(.receipt, order, state).first }
  }

  public func creditNotes(of order: OrderID) async throws(BillingError) -> [TaxDocument] {
    try change { state in Self.find(.creditNote, order, state) }
  }

  public func debitNotes(of order: OrderID) async throws(BillingError) -> [TaxDocument] {
    try change { state in Self.find(.debitNote, order, state) }
  }

  /// A failure leaves the state unchanged.
  private func change<T: Sendable>(
    _ body: (inout State) throws(BillingError) -> T
  ) throws(BillingError) -> T {
    try state.withLock { state throws(BillingError) in
      guard !state.isAway else { throw .unavailable }
      var copy = state
      let result = try body(&copy)
      state = copy
      return result
    }
  }

  private func slot(_ kind: DocumentKind, _ state: State) -> NextDocumentNumber {
    let now = clock.now()
    let before = state.documents.count { entry in
      entry.document.kind == kind && FinancialYear(of: entry.document.issuedAt) == FinancialYear(of: now)
    }
    return NextDocumentNumber(issuedAt: now, sequence: before + 1)
  }

  private static func find(_ kind: DocumentKind, _ order: OrderID, _ state: State) -> [TaxDocument] {
    state.documents.filter { $0.order == order && $0.document.kind == kind }.map(\.document)
  }
}

extension InMemoryDocumentRepository {
  /// Issues all missing documents, for a seller in Karnataka who is not registered.
  public func issue() async throws(BillingError) { try await issuer() }

  public var issuer: IssueDueDocuments {
    IssueDueDocuments(
      documents: self, seller: Seller(name: "Talktime", address: nil, gstin: nil, state: .karnataka, sac: "998439"),
      sellerState: .karnataka)
  }
}

extension ReceiptOrder {
  /// A purchase of ten minutes for ₹199.00 by a buyer whose state is not known.
  public static func sample(_ id: OrderID, paymentID: String, at paidAt: Date = Date(timeIntervalSince1970: 0))
    -> ReceiptOrder
  {
    ReceiptOrder(
      id: id, paymentID: paymentID, item: "Ten minutes", talkTime: .minutes(10), price: Money(Paise(19_900)),
      taxRate: .standard, buyer: DocumentBuyer(name: "Asha", email: "asha@example.com", gstin: nil, state: nil),
      buyerState: nil, paidAt: paidAt)
  }
}
