import FoundationEssentials

/// A receipt, a credit note or a debit note. It contains everything that the document says, so it reads the same
/// forever, independent of later changes to the account, the pack or the seller. It is created once and never changed.
public struct TaxDocument: Equatable, Sendable, Codable {
  /// The receipt that a credit note reduces, and why (rule 53(1A)(g)).
  public struct Credit: Equatable, Sendable, Codable {
    public let receipt: DocumentNumber
    public let receiptIssuedAt: Date
    /// The refund's id in this system.
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

  /// The credit note that a debit note reverses, and why (rule 53(1A)(g)).
  public struct Reversal: Equatable, Sendable, Codable {
    public let creditNote: DocumentNumber
    public let creditNoteIssuedAt: Date
    public let reason: String

    public init(creditNote: DocumentNumber, creditNoteIssuedAt: Date, reason: String) {
      self.creditNote = creditNote
      self.creditNoteIssuedAt = creditNoteIssuedAt
      self.reason = reason
    }

    enum CodingKeys: String, CodingKey {
      case creditNote = "credit_note", creditNoteIssuedAt = "credit_note_issued_at", reason
    }
  }

  public let kind: DocumentKind
  public let number: DocumentNumber
  /// Whole seconds.
  public let issuedAt: Date
  public let seller: Seller
  public let buyer: DocumentBuyer
  /// The buyer's state (rule 46(f) and (n)); nil if it is not known.
  public let placeOfSupply: PrintedGSTState?
  /// What was bought, such as `Talk time, Ten minutes`.
  public let item: String
  /// The talk time of the whole order.
  public let talkTime: TalkTime
  /// The amount with tax: on a credit note the money that went back, on a debit note the part of it that was returned.
  public let amount: Paise
  public let currency: Currency
  public let taxRate: TaxRate
  public let taxable: Paise
  public let taxLines: [TaxLines.Line]
  public let orderID: String
  public let paymentID: String
  public let paidAt: Date
  /// Set on a credit note, and on the debit note that reverses it.
  public let credit: Credit?
  /// Set on a debit note only.
  public let reversal: Reversal?

  public var money: Money { Money(amount, currency) }
  public var tax: TaxLines { TaxLines(taxable: taxable, lines: taxLines) }

  /// The file name of the document's page.
  public var fileName: String { number.text.replacing("/", with: "-") + ".html" }

  /// The title of the document. A registered seller's receipt is a tax invoice, or a bill of supply if it contains no
  /// tax (CGST Act 2017, s. 31(1), (2) and (3)(c)).
  public var title: String {
    switch kind {
    case .receipt: seller.gstin == nil ? "Receipt" : taxLines.isEmpty ? "Bill of supply" : "Tax invoice"
    case .creditNote: "Credit note"
    case .debitNote: "Debit note"
    }
  }

  public init(
    kind: DocumentKind, number: DocumentNumber, issuedAt: Date, seller: Seller, buyer: DocumentBuyer,
    placeOfSupply: PrintedGSTState?,
    item: String, talkTime: TalkTime, money: Money, taxRate: TaxRate, tax: TaxLines, orderID: String, paymentID: String,
    paidAt: Date,
    credit: Credit?, reversal: Reversal? = nil
  ) {
    self.kind = kind
    self.number = number
    self.issuedAt = issuedAt.wholeSecond
    self.seller = seller
    self.buyer = buyer
    self.placeOfSupply = placeOfSupply
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
    self.reversal = reversal
  }

  enum CodingKeys: String, CodingKey {
    case kind, number, issuedAt = "issued_at", seller, buyer, placeOfSupply = "place_of_supply", item
    case talkTime = "talktime_ms", amount, currency, taxRate = "tax_rate_bp", taxable, taxLines = "tax_lines", orderID =
      "order_id"
    case paymentID = "payment_id", paidAt = "paid_at", credit, reversal
  }
}

extension Date {
  fileprivate var wholeSecond: Date { Date(timeIntervalSince1970: timeIntervalSince1970.rounded(.down)) }
}
