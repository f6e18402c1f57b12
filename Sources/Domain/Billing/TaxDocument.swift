import FoundationEssentials

/// A receipt or a credit note: everything that the paper says, so that it reads the same for ever, whatever becomes of
/// the account, the pack or the seller. It is made once and never changed.
public struct TaxDocument: Equatable, Sendable, Codable {
  /// The receipt that a credit note takes back from, and why (rule 53(1A)(g)).
  public struct Credit: Equatable, Sendable, Codable {
    public let receipt: DocumentNumber
    public let receiptIssuedAt: Date
    /// Our id of the refund, and Razorpay's where it has one: money that a dispute took has none.
    public let refundID: String
    public let razorpayRefundID: String?
    public let reason: String?

    public init(
      receipt: DocumentNumber, receiptIssuedAt: Date, refundID: String, razorpayRefundID: String?, reason: String?
    ) {
      self.receipt = receipt
      self.receiptIssuedAt = receiptIssuedAt
      self.refundID = refundID
      self.razorpayRefundID = razorpayRefundID
      self.reason = reason
    }

    enum CodingKeys: String, CodingKey {
      case receipt, receiptIssuedAt = "receipt_issued_at", refundID = "refund_id"
      case razorpayRefundID = "razorpay_refund_id", reason
    }
  }

  public let kind: DocumentKind
  public let number: DocumentNumber
  /// Whole seconds.
  public let issuedAt: Date
  public let seller: Seller
  public let buyer: DocumentBuyer
  public let placeOfSupply: DocumentPlace
  /// What was bought, such as `Talk time, Ten minutes`.
  public let item: String
  /// Of the whole order.
  public let talkTime: TalkTime
  /// Tax included; on a credit note what went back.
  public let amount: Paise
  public let currency: Currency
  public let taxRate: TaxRate
  public let taxable: Paise
  public let taxLines: [TaxLines.Line]
  public let orderID: String
  public let paymentID: String
  public let paidAt: Date
  /// On a credit note alone.
  public let credit: Credit?

  public var money: Money { Money(amount, currency) }

  /// Of its page.
  public var fileName: String { number.text.replacing("/", with: "-") + ".html" }

  /// With a number of his own in the tax's register the seller's receipt is a tax invoice (CGST Act 2017, s. 31).
  public var title: String {
    switch kind {
    case .receipt: seller.gstin == nil ? "Receipt" : "Tax invoice"
    case .creditNote: "Credit note"
    }
  }

  public init(
    kind: DocumentKind, number: DocumentNumber, issuedAt: Date, seller: Seller, buyer: DocumentBuyer,
    placeOfSupply: GSTState,
    item: String, talkTime: TalkTime, money: Money, taxRate: TaxRate, tax: TaxLines, orderID: String, paymentID: String,
    paidAt: Date,
    credit: Credit?
  ) {
    self.kind = kind
    self.number = number
    self.issuedAt = issuedAt.wholeSecond
    self.seller = seller
    self.buyer = buyer
    self.placeOfSupply = DocumentPlace(placeOfSupply)
    self.item = item
    self.talkTime = talkTime
    amount = money.amount
    currency = money.currency
    self.taxRate = taxRate
    taxable = tax.taxable
    taxLines = tax.lines
    self.orderID = orderID
    self.paymentID = paymentID
    self.paidAt = paidAt.wholeSecond
    self.credit = credit
  }

  enum CodingKeys: String, CodingKey {
    case kind, number, issuedAt = "issued_at", seller, buyer, placeOfSupply = "place_of_supply", item
    case talkTime = "talktime_ms", amount, currency, taxRate = "tax_rate_bp", taxable, taxLines = "tax_lines", orderID =
      "order_id"
    case paymentID = "payment_id", paidAt = "paid_at", credit
  }
}

extension Date {
  fileprivate var wholeSecond: Date { Date(timeIntervalSince1970: timeIntervalSince1970.rounded(.down)) }
}
