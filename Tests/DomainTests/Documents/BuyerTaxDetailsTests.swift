import Domain
import Testing

@Suite("A buyer's details for the tax document")
struct BuyerTaxDetailsTests {
  /// Published as a specimen; its state is Maharashtra.
  private let gstin = "27AAPFU0939F1ZV"

  @Test("missing or empty texts are no details")
  func nothing() throws {
    #expect(try BuyerTaxDetails.read(state: nil, gstin: nil) == .unknown)
    #expect(try BuyerTaxDetails.read(state: "", gstin: "") == .unknown)
  }

  @Test("a state is read in each of its spellings", arguments: ["29", "KA", "IN-KA", "Karnataka"])
  func state(text: String) throws {
    #expect(try BuyerTaxDetails.read(state: text, gstin: nil).state == .karnataka)
  }

  @Test("a GSTIN gives its state, and must agree with a given one")
  func agree() throws {
    let alone = try BuyerTaxDetails.read(state: nil, gstin: gstin)
    #expect(alone.state?.code == "27" && alone.gstin?.text == gstin)
    #expect(try BuyerTaxDetails.read(state: "Maharashtra", gstin: gstin) == alone)
  }

  @Test("an invalid detail is reported by its field")
  func wrong() {
    #expect(throws: BuyerRefusal.stateDiffersFromGSTIN) { try BuyerTaxDetails.read(state: "29", gstin: gstin) }
    #expect(throws: BuyerRefusal.invalidGSTIN) { try BuyerTaxDetails.read(state: nil, gstin: "27AAPFU0939F1ZW") }
    #expect(throws: BuyerRefusal.unknownState) { try BuyerTaxDetails.read(state: "Atlantis", gstin: nil) }
  }

  @Test("a missing state keeps the stored one; a registration must be given each time")
  func completed() throws {
    let kept = try BuyerTaxDetails.read(state: nil, gstin: gstin)
    #expect(try BuyerTaxDetails.unknown.completed(by: kept) == BuyerTaxDetails.read(state: "27", gstin: nil))
    let delhi = try BuyerTaxDetails.read(state: "Delhi", gstin: nil)
    #expect(delhi.completed(by: kept) == delhi && BuyerTaxDetails.unknown.completed(by: nil) == .unknown)
    #expect(BuyerTaxDetails.unknown.isSaid(in: delhi) && delhi.isSaid(in: delhi) && !delhi.isSaid(in: .unknown))
    #expect(!BuyerTaxDetails.unknown.isSaid(in: kept) && !kept.isSaid(in: delhi))
  }

  @Test("name and address stay with the registration that they were given with")
  func profile() throws {
    let registered = try BuyerTaxDetails.read(state: nil, gstin: gstin)
    let firm = try DocumentBillTo.read(name: "Uno Traders", address: "1 Hill Road\nMumbai")
    let kept = BuyerProfile(buyer: registered, billTo: firm)
    let again = BuyerProfile(buyer: registered, billTo: .unknown)
    #expect(again.completed(by: kept) == kept && again.completed(by: nil) == again)
    let personal = BuyerProfile.unknown.completed(by: kept)
    #expect(personal.billTo == .unknown && personal.buyer.state?.code == "27" && personal.buyer.gstin == nil)
    let moved = BuyerProfile(buyer: registered, billTo: try DocumentBillTo.read(name: nil, address: "2 Hill Road"))
    #expect(try moved.completed(by: kept).billTo == DocumentBillTo.read(name: "Uno Traders", address: "2 Hill Road"))
    #expect(!BuyerProfile.unknown.isKnown && kept.isKnown)
  }

  @Test("a name is one line and an address six, without control or bidirectional characters")
  func billTo() throws {
    let read = try DocumentBillTo.read(name: "  Asha & Söhne ", address: " 1 MG Road \r\n\n Bengaluru\n560001 ")
    #expect(read.name == "Asha & Söhne" && read.address == "1 MG Road\nBengaluru\n560001")
    #expect(try DocumentBillTo.read(name: " ", address: "\n") == .unknown)
    #expect(try DocumentBillTo.read(name: nil, address: nil) == .unknown)
    #expect(try DocumentBillTo.read(name: String(repeating: "é", count: 100), address: nil).name?.count == 100)
    for name in ["a\nb", "a\u{0}", "a\u{202E}b", "a\u{2028}b", String(repeating: "a", count: 101)] {
      #expect(throws: BuyerRefusal.invalidName) { try DocumentBillTo.read(name: name, address: nil) }
    }
    for address in [
      "a\u{7}", "a\u{2066}b", String(repeating: "a\n", count: 7), String(repeating: "a", count: 301),
    ] {
      #expect(throws: BuyerRefusal.invalidAddress) { try DocumentBillTo.read(name: nil, address: address) }
    }
  }
}
