import Application
import Crypto
import DocumentsAdapter
import Domain
import Foundation
import Testing

@Suite("Pages of receipts and credit notes")
struct MustacheDocumentRendererTests {
  @Test("the pages equal the golden files")
  func golden() throws {
    let pages = try MustacheDocumentRenderer()
    for (name, document) in try SampleDocuments.all { try Golden.check(try pages.page(document), "page-\(name).html") }
  }

  @Test("an invoice contains all that the law requires")
  func receipt() throws {
    let page = try MustacheDocumentRenderer().page(try SampleDocuments.document())
    for text in [
      "<h1>Tax invoice</h1>", "Taxable value", "reverse charge", "TT2627-0000001", "25 November 2026",
      "Talktime &amp; Co", "1 MG Road\nBengaluru",
      "Karnataka (29)", "Asha Rao", "asha@example.com", "998439", "10 min", "₹1,04,624.38", "CGST at 9 %",
      "SGST at 9 %",
      "₹9,416.20", "₹1,23,456.78", "Rupees one lakh twenty-three thousand", "pay_1", "order-1", "Total paid",
    ] { #expect(page.contains(text), "\(text)") }
    for text in ["not registered", "IGST", "Against", "{{", "undefined"] { #expect(!page.contains(text), "\(text)") }
  }

  @Test("a seller who is not registered has a plain receipt without any tax")
  func plain() throws {
    let page = try MustacheDocumentRenderer().page(try SampleDocuments.document(gstin: nil, buyerState: nil))
    for text in ["<h1>Receipt</h1>", "₹1,23,456.78", "not registered under GST", ">Value<"] {
      #expect(page.contains(text), "\(text)")
    }
    for text in ["GSTIN", "CGST", "SGST", "IGST", "Place of supply", "Taxable", "reverse charge", "{{"] {
      #expect(!page.contains(text), "\(text)")
    }
  }

  @Test("a registered seller's receipt without tax is a bill of supply")
  func bill() throws {
    let page = try MustacheDocumentRenderer().page(try SampleDocuments.document(rate: .none))
    #expect(page.contains("<h1>Bill of supply</h1>") && !page.contains("CGST") && !page.contains("not registered"))
  }

  @Test("an unknown place of supply is shown as unknown")
  func nowhere() throws {
    let page = try MustacheDocumentRenderer().page(try SampleDocuments.document(buyerState: nil))
    #expect(page.contains("Not told by the buyer. Taxed where the supplier is, in Karnataka (29)."))
    #expect(page.contains("CGST at 9 %"))
  }

  @Test("a registered buyer's invoice has the buyer's name, address and GSTIN")
  func registered() throws {
    let page = try MustacheDocumentRenderer().page(
      try SampleDocuments.document(
        name: "Uno Traders", address: "1 Hill Road\nMumbai", buyerGSTIN: "27AAPFU0939F1ZV", buyerState: GSTState("27")))
    for text in ["Uno Traders", "1 Hill Road\nMumbai", "GSTIN 27AAPFU0939F1ZV", "Maharashtra (27)", "IGST at 18 %"] {
      #expect(page.contains(text), "\(text)")
    }
  }

  @Test("a debit note names the credit note that it reverses")
  func debitNote() throws {
    let page = try MustacheDocumentRenderer().page(
      try SampleDocuments.document(credit: SampleDocuments.credit, reversal: SampleDocuments.reversal))
    for text in [
      "<h1>Debit note</h1>", "CN2627-0000003 of 2 January 1970", "TT2627-0000009 of 1 January 1970", "rfnd_1",
      "Total debited", "The refund came back from the bank",
    ] { #expect(page.contains(text), "\(text)") }
    #expect(!page.contains("{{"))
  }

  @Test("a registered seller's document is a tax invoice, with integrated tax for another state")
  func invoice() throws {
    let page = try MustacheDocumentRenderer().page(
      try SampleDocuments.document(gstin: GSTIN("29AAGCB7383J1Z4"), buyerState: GSTState("Maharashtra")))
    for text in ["<h1>Tax invoice</h1>", "GSTIN 29AAGCB7383J1Z4", "IGST at 18 %", "Maharashtra (27)"] {
      #expect(page.contains(text), "\(text)")
    }
    #expect(!page.contains("CGST"))
  }

  @Test("a credit note names its receipt and its refund")
  func creditNote() throws {
    let page = try MustacheDocumentRenderer().page(try SampleDocuments.document(credit: SampleDocuments.credit))
    for text in ["<h1>Credit note</h1>", "TT2627-0000009 of 1 January 1970", "rfnd_1", "Total credited"] {
      #expect(page.contains(text), "\(text)")
    }
  }

  @Test("markup in a name is shown as text, and the page loads nothing from elsewhere")
  func escapes() throws {
    let page = try MustacheDocumentRenderer().page(try SampleDocuments.document(name: #"<script>alert("1")</script>"#))
    #expect(page.contains("&lt;script&gt;") && !page.contains("<script"))
    for text in ["http:", "https:", "src=", "url(", "style=\"", "@import"] { #expect(!page.contains(text), "\(text)") }
  }

  @Test("the page's content security policy allows its own style by the digest")
  func policy() throws {
    let page = try MustacheDocumentRenderer().page(try SampleDocuments.document())
    let style = try #require(page.firstMatch(of: #/<style>([\s\S]*)<\/style>/#)).1
    let digest = Data(SHA256.hash(data: Data(style.utf8))).base64EncodedString()
    #expect(MustacheDocumentRenderer.contentSecurityPolicy.contains("style-src 'sha256-\(digest)'"))
    #expect(MustacheDocumentRenderer.contentSecurityPolicy.hasPrefix("default-src 'none'"))
  }

  @Test("the page keeps its policy when opened without headers, and the front door's policy allows its style")
  func policyOfItsOwn() throws {
    let page = try MustacheDocumentRenderer().page(try SampleDocuments.document())
    let match = page.firstMatch(
      of: #/<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="([^"]+)">/#)
    let meta = try #require(match).1
    #expect(MustacheDocumentRenderer.contentSecurityPolicy == meta + "; frame-ancestors 'none'")
    let root = URL(fileURLWithPath: #filePath).appending(path: "../../../..").standardized
    let door = try String(contentsOf: root.appending(path: "Deploy/front-door.caddyfile"), encoding: .utf8)
    #expect(door.contains("style-src 'self' '\(MustacheDocumentRenderer.styleDigest)'"))
  }
}
