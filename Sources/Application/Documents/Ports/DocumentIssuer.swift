import Domain
import FoundationEssentials

/// A paid order as its receipt needs it.
public struct PaidOrder: Sendable, Equatable {
  public let id: OrderID
  public let paymentID: String
  /// What the pack was called.
  public let item: String
  public let talkTime: TalkTime
  public let price: Money
  public let taxRate: TaxRate
  public let buyer: DocumentBuyer
  /// Where the buyer is, if it is on record.
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

/// Money that went back of an order with a receipt.
public struct ReturnedMoney: Sendable, Equatable {
  public let receipt: TaxDocument
  public let refundID: String
  public let razorpayRefundID: String?
  public let amount: Paise
  /// What the buyer paid above the receipt, for having paid: no receipt names it, so that no credit note takes it back.
  public let customerFee: Paise
  /// The order's credit notes that were not reversed.
  public let standing: [TaxDocument]
  /// A dispute was lost; else it was refunded.
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

  /// What a credit note takes back: the amount, or what the receipt has left where the rest is the customer's fee. Nil
  /// where neither fits: it waits until an earlier credit note is reversed.
  public var creditable: Paise? {
    let left = standing.reduce(receipt.amount) { $0 - $1.amount }
    if amount <= left { return amount }
    return left > .zero && amount - left <= customerFee ? left : nil
  }
}

/// The next place in a series.
public struct DocumentSlot: Sendable, Equatable {
  /// The store's time; the financial year is the one in which this lies.
  public let issuedAt: Date
  /// From 1 in each financial year.
  public let sequence: Int

  public var year: FinancialYear { FinancialYear(of: issuedAt) }

  public init(issuedAt: Date, sequence: Int) {
    self.issuedAt = issuedAt
    self.sequence = sequence
  }
}

/// Numbers and keeps documents. All of one call is one transaction under the lock of its series, so that whoever is
/// killed leaves no gap, and two issuers make no document twice.
public protocol DocumentIssuer: Sendable {
  /// For paid orders that have none, in the order in which they were paid.
  /// - Parameter write: makes the document that stands in the slot.
  /// - Returns: how many were issued; fewer than `limit` where no more wait.
  func issueReceipts(
    upTo limit: Int, _ write: @escaping @Sendable (PaidOrder, DocumentSlot) throws(BillingError) -> TaxDocument
  ) async throws(BillingError) -> Int

  /// For credit notes whose refund the bank has sent back, each once, in the order in which the refunds were made. Tells
  /// `debit_note.issued` of each.
  /// - Parameter write: makes the document that takes this credit note back.
  func issueDebitNotes(
    upTo limit: Int, _ write: @escaping @Sendable (TaxDocument, DocumentSlot) throws(BillingError) -> TaxDocument
  ) async throws(BillingError) -> Int

  /// For money that has gone back of an order with a receipt, in the order in which it went. A payment that credited
  /// nothing has no receipt, and its refund no note. What does not fit into its receipt waits.
  func issueCreditNotes(
    upTo limit: Int, _ write: @escaping @Sendable (ReturnedMoney, DocumentSlot) throws(BillingError) -> TaxDocument
  ) async throws(BillingError) -> Int
}
