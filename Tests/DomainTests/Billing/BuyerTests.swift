import Domain
import Testing

@Suite("What a buyer says for the tax document")
struct BuyerTests {
  /// Published as a specimen; its state is Maharashtra.
  private let gstin = "27AAPFU0939F1ZV"

  @Test("nothing, or empty texts, is nothing")
  func nothing() throws {
    #expect(try Buyer.read(state: nil, gstin: nil) == .unknown)
    #expect(try Buyer.read(state: "", gstin: "") == .unknown)
  }

  @Test("a state in each of its spellings", arguments: ["29", "KA", "IN-KA", "Karnataka"])
  func state(text: String) throws {
    #expect(try Buyer.read(state: text, gstin: nil).state == .karnataka)
  }

  @Test("a GSTIN tells its state, and agrees with the same one")
  func agree() throws {
    let alone = try Buyer.read(state: nil, gstin: gstin)
    #expect(alone.state?.code == "27" && alone.gstin?.text == gstin)
    #expect(try Buyer.read(state: "Maharashtra", gstin: gstin) == alone)
  }

  @Test("what is wrong is told by its field")
  func wrong() {
    #expect(throws: BuyerRefusal.stateDiffersFromGSTIN) { try Buyer.read(state: "29", gstin: gstin) }
    #expect(throws: BuyerRefusal.invalidGSTIN) { try Buyer.read(state: nil, gstin: "27AAPFU0939F1ZW") }
    #expect(throws: BuyerRefusal.unknownState) { try Buyer.read(state: "Atlantis", gstin: nil) }
  }
}
