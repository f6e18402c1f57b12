import Domain
import Foundation
import Testing

/// Documents of a sale of ten minutes.
enum SampleDocuments {
  static func document(
    name: String? = "Asha Rao", address: String? = nil, gstin: GSTIN? = GSTIN("29AAGCB7383J1Z4"),
    buyerGSTIN: String? = nil, buyerState: GSTState? = .karnataka, rate: TaxRate = .standard,
    credit: TaxDocument.Credit? = nil, reversal: TaxDocument.Reversal? = nil
  ) throws -> TaxDocument {
    let price = Paise(12_345_678)
    return TaxDocument(
      kind: reversal != nil ? .debitNote : credit != nil ? .creditNote : .receipt,
      number: try #require(DocumentNumber("TT2627-0000001")),
      // An hour before midnight in Greenwich is the next day in India.
      issuedAt: try Date("2026-11-24T23:00:00Z", strategy: .iso8601),
      seller: Seller(
        name: "Talktime & Co", address: "1 MG Road\nBengaluru", gstin: gstin, state: .karnataka, sac: "998439"),
      buyer: DocumentBuyer(
        name: name, address: address, email: "asha@example.com", gstin: buyerGSTIN, state: buyerState),
      placeOfSupply: buyerState.map(PrintedGSTState.init), item: "Talk time, Ten minutes", talkTime: .minutes(10),
      money: Money(price), taxRate: rate,
      tax: gstin == nil
        ? TaxLines(untaxed: price) : TaxLines(of: price, rate: rate, seller: .karnataka, buyer: buyerState),
      orderID: "order-1", paymentID: "pay_1", paidAt: Date(timeIntervalSince1970: 0), credit: credit, reversal: reversal
    )
  }

  static var credit: TaxDocument.Credit {
    get throws {
      TaxDocument.Credit(
        receipt: try #require(DocumentNumber("TT2627-0000009")), receiptIssuedAt: Date(timeIntervalSince1970: 0),
        refundID: "ours", razorpayRefundID: "rfnd_1", reason: "Refund")
    }
  }

  static var reversal: TaxDocument.Reversal {
    get throws {
      TaxDocument.Reversal(
        creditNote: try #require(DocumentNumber("CN2627-0000003")),
        creditNoteIssuedAt: Date(timeIntervalSince1970: 86_400), reason: "The refund came back from the bank")
    }
  }

  /// One of each kind, by its name.
  static var all: [(name: String, document: TaxDocument)] {
    get throws {
      [
        ("invoice", try document(address: "2 Hill Road\nMumbai", buyerGSTIN: "27AAPFU0939F1ZV")),
        ("invoice-interstate", try document(name: nil, buyerState: GSTState("Maharashtra"))),
        ("receipt", try document(gstin: nil, buyerState: nil)), ("bill", try document(rate: .none)),
        ("credit-note", try document(credit: try credit)),
        ("debit-note", try document(credit: try credit, reversal: try reversal)),
      ]
    }
  }
}
