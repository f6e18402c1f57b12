import Application
import Crypto
import Domain
import FoundationEssentials
import Mustache

/// Renders receipts, credit notes and debit notes as pages that print well in black and white, from the template in
/// this module. Mustache escapes all inserted values.
public struct MustacheDocumentRenderer: DocumentRenderer {
  private let template: MustacheTemplate

  /// - Throws: an error if the template cannot be read.
  public init() throws {
    template = try MustacheTemplate(string: Self.string(PackageResources.page_html_mustache))
  }

  /// The policy of such a page in a browser: it may apply its own style, and nothing else. The page itself contains the
  /// policy too, since it may be opened without the response's headers.
  public static let contentSecurityPolicy = policy + "; frame-ancestors 'none'"

  private static let policy =
    "default-src 'none'; base-uri 'none'; form-action 'none'; style-src '\(styleDigest)'"

  /// The digest of the style, as a policy names it. The front door's policy for the page that opens such a document
  /// contains it as well.
  public static let styleDigest =
    "sha256-" + Data(SHA256.hash(data: Data(style.utf8))).base64EncodedString()

  private static let style = string(PackageResources.page_css)

  /// A file ends with a line break; a page does not.
  private static func string(_ file: [UInt8]) -> String { String(decoding: file.dropLast(), as: UTF8.self) }

  public func page(_ document: TaxDocument) throws -> String { template.render(values(document)) }

  private func values(_ document: TaxDocument) -> [String: Any] {
    var values: [String: Any] = [
      "title": document.title, "number": document.number.text, "date": Self.day(document.issuedAt),
      "seller": document.seller.name, "sellerState": Self.place(document.seller.state),
      "buyer": document.buyer.name ?? document.buyer.email ?? "Customer",
      "item": document.item, "sac": document.seller.sac,
      "quantity": document.kind == .receipt ? Self.minutes(document.talkTime) : "–",
      "totalName": Self.total(document.kind), "isTaxed": !document.taxLines.isEmpty,
      "isUntaxed": document.taxLines.isEmpty && document.seller.gstin == nil,
      "taxable": Money(document.taxable, document.currency).written, "total": document.money.written,
      "taxes": document.taxLines.map { Self.tax($0, document.currency) }, "payment": document.paymentID,
      "order": document.orderID, "paid": Self.day(document.paidAt), "currency": document.currency.code,
      "policy": Self.policy, "style": Self.style,
    ]
    // If the buyer's state is not known, the seller taxes at his own place. That place is not a place of supply.
    values["place"] =
      document.placeOfSupply.map(Self.place)
      ?? (document.taxLines.isEmpty
        ? nil : "Not told by the buyer. Taxed where the supplier is, in \(Self.place(document.seller.state)).")
    values["address"] = document.seller.address
    values["buyerAddress"] = document.buyer.address
    values["sellerGSTIN"] = document.seller.gstin
    values["email"] = document.buyer.name == nil ? nil : document.buyer.email
    values["buyerGSTIN"] = document.buyer.gstin
    values["buyerState"] = document.buyer.state.map(Self.place)
    values["words"] = document.money.inWords
    if let credit = document.credit {
      var against: [String: Any] = [
        "receipt": credit.receipt.text, "date": Self.day(credit.receiptIssuedAt),
        "refund": credit.razorpayRefundID ?? credit.refundID,
        "reason": document.reversal?.reason ?? credit.reason ?? "Refund",
      ]
      if let reversal = document.reversal {
        against["note"] = ["creditNote": reversal.creditNote.text, "issued": Self.day(reversal.creditNoteIssuedAt)]
      }
      values["credit"] = against
    }
    return values
  }

  private static func total(_ kind: DocumentKind) -> String {
    switch kind {
    case .receipt: "Total paid"
    case .creditNote: "Total credited"
    case .debitNote: "Total debited"
    }
  }

  private static func tax(_ line: TaxLines.Line, _ currency: Currency) -> [String: Any] {
    ["kind": line.kind.rawValue, "rate": percent(line.rate), "amount": Money(line.amount, currency).written]
  }

  /// From thousandths of a per cent, without zeros at the end.
  private static func percent(_ thousandths: Int) -> String {
    var fraction = String(thousandths % 1_000 + 1_000).dropFirst()
    while fraction.last == "0" { fraction = fraction.dropLast() }
    return "\(thousandths / 1_000)\(fraction.isEmpty ? "" : ".")\(fraction) %"
  }

  private static func place(_ place: PrintedGSTState) -> String { "\(place.name) (\(place.code))" }

  private static func minutes(_ time: TalkTime) -> String {
    let seconds = time.milliseconds / 1_000
    return seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds / 60) min \(seconds % 60) s"
  }

  /// In India's time, such as `1 April 2026`.
  private static func day(_ moment: Date) -> String {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .india
    let parts = calendar.dateComponents([.year, .month, .day], from: moment)
    let months = [
      "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
      "December",
    ]
    guard let year = parts.year, let month = parts.month, let day = parts.day, (1...12).contains(month) else {
      return ""
    }
    return "\(day) \(months[month - 1]) \(year)"
  }
}
