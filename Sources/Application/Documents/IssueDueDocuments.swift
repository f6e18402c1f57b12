import Domain

/// Issues a receipt for every paid order, a credit note for every refund, and a debit note for every credit note whose
/// refund came back from the bank. Documents are issued after the credit and never within it: a number without gaps
/// needs a lock, and no payment may wait for that lock.
public struct IssueDueDocuments: Sendable {
  private let documents: any DocumentRegister
  private let seller: Seller
  private let sellerState: GSTState
  private let receipts, creditNotes, debitNotes: DocumentPrefix

  public init(
    documents: any DocumentRegister, seller: Seller, sellerState: GSTState, receipts: DocumentPrefix = .receipt,
    creditNotes: DocumentPrefix = .creditNote, debitNotes: DocumentPrefix = .debitNote
  ) {
    self.documents = documents
    self.seller = seller
    self.sellerState = sellerState
    self.receipts = receipts
    self.creditNotes = creditNotes
    self.debitNotes = debitNotes
  }

  /// A transaction of this size is short, and few transactions are needed after a day without the service.
  private static let batch = 50

  /// Receipts come first: a credit note names the receipt that it takes back from. Debit notes come next: a repeated
  /// refund fits into its receipt once the first credit note is reversed.
  /// - Returns: how many documents were issued.
  @discardableResult
  public func callAsFunction() async throws(BillingError) -> Int {
    var issued = try await all { () async throws(BillingError) in
      try await documents.issueReceipts(upTo: Self.batch, receipt)
    }
    issued += try await all { () async throws(BillingError) in
      try await documents.issueDebitNotes(upTo: Self.batch, debitNote)
    }
    issued += try await all { () async throws(BillingError) in
      try await documents.issueCreditNotes(upTo: Self.batch, creditNote)
    }
    return issued
  }

  private func all(_ issue: () async throws(BillingError) -> Int) async throws(BillingError) -> Int {
    var issued = 0
    while true {
      let count = try await issue()
      issued += count
      guard count == Self.batch else { return issued }
    }
  }

  /// A seller who is not registered may collect no tax, so that the receipt names none. The place of supply is the
  /// state that the buyer gave. A document omits a detail that was not given.
  @Sendable private func receipt(_ order: ReceiptOrder, _ slot: NextDocumentNumber) throws(BillingError) -> TaxDocument
  {
    let price = order.price.amount
    let isRegistered = seller.gstin != nil
    return TaxDocument(
      kind: .receipt, number: try number(receipts, slot), issuedAt: slot.issuedAt, seller: seller, buyer: order.buyer,
      placeOfSupply: order.buyerState.map(PrintedGSTState.init), item: "Talk time, \(order.item)",
      talkTime: order.talkTime, money: order.price, taxRate: isRegistered ? order.taxRate : .none,
      tax: isRegistered
        ? TaxLines(of: price, rate: order.taxRate, seller: sellerState, buyer: order.buyerState)
        : TaxLines(untaxed: price),
      orderID: order.id.description, paymentID: order.paymentID, paidAt: order.paidAt, credit: nil)
  }

  /// Seller, buyer and place are those of the receipt, even if they have changed since: the tax goes back to where it
  /// was paid.
  @Sendable private func creditNote(_ back: ReceiptReversal, _ slot: NextDocumentNumber) throws(BillingError)
    -> TaxDocument
  {
    let receipt = back.receipt
    guard let amount = back.creditable else { throw .unavailable }
    return TaxDocument(
      kind: .creditNote, number: try number(creditNotes, slot), issuedAt: slot.issuedAt, seller: receipt.seller,
      buyer: receipt.buyer, placeOfSupply: receipt.placeOfSupply, item: receipt.item, talkTime: receipt.talkTime,
      money: Money(amount, receipt.currency), taxRate: receipt.taxRate,
      tax: TaxLines(
        returning: amount, of: receipt.tax, rate: receipt.taxRate, standing: back.standing.map(\.tax)),
      orderID: receipt.orderID, paymentID: receipt.paymentID, paidAt: receipt.paidAt,
      credit: TaxDocument.Credit(
        receipt: receipt.number, receiptIssuedAt: receipt.issuedAt, refundID: back.refundID,
        razorpayRefundID: back.razorpayRefundID, reason: back.wasDisputed ? "Disputed payment" : "Refund"))
  }

  /// Repeats the lines of the credit note.
  @Sendable private func debitNote(_ note: TaxDocument, _ slot: NextDocumentNumber) throws(BillingError) -> TaxDocument
  {
    TaxDocument(
      kind: .debitNote, number: try number(debitNotes, slot), issuedAt: slot.issuedAt, seller: note.seller,
      buyer: note.buyer, placeOfSupply: note.placeOfSupply, item: note.item, talkTime: note.talkTime,
      money: note.money, taxRate: note.taxRate, tax: note.tax, orderID: note.orderID, paymentID: note.paymentID,
      paidAt: note.paidAt, credit: note.credit,
      reversal: TaxDocument.Reversal(
        creditNote: note.number, creditNoteIssuedAt: note.issuedAt, reason: "The refund came back from the bank"))
  }

  private func number(_ prefix: DocumentPrefix, _ slot: NextDocumentNumber) throws(BillingError) -> DocumentNumber {
    guard let number = DocumentNumber(prefix, slot.year, sequence: slot.sequence) else { throw .unavailable }
    return number
  }
}
