import Domain
import FoundationEssentials

/// The details of a paid order that its receipt needs.
public struct ReceiptOrder: Sendable, Equatable {
  public let id: OrderID
  public let paymentID: String
  /// The title of the pack when it was sold.
  public let item: String
  public let talkTime: TalkTime
  public let price: Money
  public let taxRate: TaxRate
  public let buyer: DocumentBuyer
  /// The buyer's state, if it is on record.
  public let buyerState: GSTState?
  public let paidAt: Date

  public init(
    id: OrderID, paymentID: String, item: String, talkTime: TalkTime, price: Money, taxRate: TaxRate,
    buyer: DocumentBuyer,
    buyerState: GSTState?, paidAt: Date
  ) {
    self.id = id
    self.paymentID = paymentID
    self.item = item
    self.talkTime = talkTime
    self.price = price
    self.taxRate = taxRate
    self.buyer = buyer
    self.buyerState = buyerState
    self.paidAt = paidAt
  }
}

/// Money that was returned from an order with a receipt.
public struct ReceiptReversal: Sendable, Equatable {
  public let receipt: TaxDocument
  public let refundID: String
  public let razorpayRefundID: String?
  public let amount: Paise
  /// The fee that the buyer paid on top for the payment itself. No receipt contains it, so that no credit note takes it
  /// back.
  public let customerFee: Paise
  /// The order's credit notes that were not reversed.
  public let standing: [TaxDocument]
  /// Whether the money was returned by a lost dispute; otherwise it was refunded.
  public let wasDisputed: Bool

  public init(
    receipt: TaxDocument, refundID: String, razorpayRefundID: String?, amount: Paise, customerFee: Paise,
    standing: [TaxDocument], wasDisputed: Bool
  ) {
    self.receipt = receipt
    self.refundID = refundID
    self.razorpayRefundID = razorpayRefundID
    self.amount = amount
    self.customerFee = customerFee
    self.standing = standing
    self.wasDisputed = wasDisputed
  }

  /// The amount that a credit note takes back: the whole amount, or what is left of the receipt if the rest is the
  /// customer's fee. Nil if neither fits: the credit note waits until an earlier one is reversed.
  public var creditable: Paise? { receipt.creditable(amount, fee: customerFee, standing: standing) }
}

/// The next number in a series.
public struct NextDocumentNumber: Sendable, Equatable {
  /// The store's time. The document's financial year is the year that contains this time.
  public let issuedAt: Date
  /// Starts at 1 in each financial year.
  public let sequence: Int

  public var year: FinancialYear { FinancialYear(of: issuedAt) }

  public init(issuedAt: Date, sequence: Int) {
    self.issuedAt = issuedAt
    self.sequence = sequence
  }
}

/// Numbers and stores documents. Each call is one transaction under the lock of its series. A killed process therefore
/// leaves no gap, and two issuers never make the same document.
public protocol DocumentRegister: Sendable {
  /// Issues receipts for paid orders that have none, in the order in which they were paid.
  /// - Parameter write: makes the document for the slot.
  /// - Returns: how many were issued; fewer than `limit` if no more wait.
  func issueReceipts(
    upTo limit: Int, _ write: @escaping @Sendable (ReceiptOrder, NextDocumentNumber) throws(BillingError) -> TaxDocument
  ) async throws(BillingError) -> Int

  /// Issues debit notes for credit notes whose refund the bank has sent back, once each, in the order in which the
  /// refunds were made. Publishes `debit_note.issued` for each.
  /// - Parameter write: makes the document that reverses the credit note.
  func issueDebitNotes(
    upTo limit: Int, _ write: @escaping @Sendable (TaxDocument, NextDocumentNumber) throws(BillingError) -> TaxDocument
  ) async throws(BillingError) -> Int

  /// Issues credit notes for money that was returned from orders with a receipt, in the order of the returns. A payment
  /// that credited nothing has no receipt, and its refund has no credit note. An amount that does not fit into its
  /// receipt waits.
  func issueCreditNotes(
    upTo limit: Int,
    _ write: @escaping @Sendable (ReceiptReversal, NextDocumentNumber) throws(BillingError) -> TaxDocument
  ) async throws(BillingError) -> Int
}
