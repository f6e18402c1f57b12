import Domain

/// Gives every paid order its receipt and every refund its credit note. It runs after the credit and never within it: a
/// number without a gap needs a lock, and no payment shall wait for that.
public struct IssueDocuments: Sendable {
  private let documents: any IssuesDocuments
  private let seller: Seller
  private let sellerState: GSTState
  private let receipts, creditNotes: DocumentPrefix

  public init(
    documents: any IssuesDocuments, seller: Seller, sellerState: GSTState, receipts: DocumentPrefix = .receipt,
    creditNotes: DocumentPrefix = .creditNote
  ) {
    self.documents = documents
    self.seller = seller
    self.sellerState = sellerState
    self.receipts = receipts
    self.creditNotes = creditNotes
  }

  /// A transaction this long is short, and few are needed after a day without the service.
  private static let batch = 50

  /// Receipts first: a credit note names the one that it takes back from.
  /// - Returns: how many were issued.
  @discardableResult
  public func callAsFunction() async throws(BillingError) -> Int {
    var issued = 0
    var more = true
    while more {
      let count = try await documents.issueReceipts(upTo: Self.batch, receipt)
      (issued, more) = (issued + count, count == Self.batch)
    }
    more = true
    while more {
      let count = try await documents.issueCreditNotes(upTo: Self.batch, creditNote)
      (issued, more) = (issued + count, count == Self.batch)
    }
    return issued
  }

  @Sendable private func receipt(_ order: PaidOrder, _ slot: DocumentSlot) throws(BillingError) -> TaxDocument {
    TaxDocument(
      kind: .receipt, number: try number(receipts, slot), issuedAt: slot.issuedAt, seller: seller, buyer: order.buyer,
      placeOfSupply: order.buyerState ?? sellerState, item: "Talk time, \(order.item)", talkTime: order.talkTime,
      money: order.price, taxRate: order.taxRate,
      tax: TaxLines(of: order.price.amount, rate: order.taxRate, seller: sellerState, buyer: order.buyerState),
      orderID: order.id.description, paymentID: order.paymentID, paidAt: order.paidAt, credit: nil)
  }

  /// Seller, buyer and place are the receipt's, whatever they are today: the tax goes back to where it was paid.
  @Sendable private func creditNote(_ back: ReturnedMoney, _ slot: DocumentSlot) throws(BillingError) -> TaxDocument {
    let receipt = back.receipt
    guard let place = GSTState(receipt.placeOfSupply.code), let origin = GSTState(receipt.seller.state.code) else {
      throw .unavailable
    }
    return TaxDocument(
      kind: .creditNote, number: try number(creditNotes, slot), issuedAt: slot.issuedAt, seller: receipt.seller,
      buyer: receipt.buyer, placeOfSupply: place, item: receipt.item, talkTime: receipt.talkTime,
      money: Money(back.amount, receipt.currency), taxRate: receipt.taxRate,
      tax: TaxLines(
        returning: back.amount, after: back.earlier, rate: receipt.taxRate, seller: origin, buyer: place),
      orderID: receipt.orderID, paymentID: receipt.paymentID, paidAt: receipt.paidAt,
      credit: TaxDocument.Credit(
        receipt: receipt.number, receiptIssuedAt: receipt.issuedAt, refundID: back.refundID,
        razorpayRefundID: back.razorpayRefundID, reason: back.wasDisputed ? "Disputed payment" : "Refund"))
  }

  private func number(_ prefix: DocumentPrefix, _ slot: DocumentSlot) throws(BillingError) -> DocumentNumber {
    guard let number = DocumentNumber(prefix, slot.year, sequence: slot.sequence) else { throw .unavailable }
    return number
  }
}
