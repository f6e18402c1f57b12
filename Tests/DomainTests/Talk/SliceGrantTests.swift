import Domain
import FoundationEssentials
import Testing

@Suite("A talk's grant and the time that it leaves")
struct SliceGrantTests {
  private func wallet(_ available: Int64) throws -> Wallet {
    try #require(Wallet(available: .milliseconds(available), held: .zero, owed: .zero))
  }

  @Test("a grant is final when its wallet has nothing left; a slice that holds nothing does not count")
  func final() throws {
    let part = SliceGrant(
      slice: 2, held: .milliseconds(1), cumulative: .milliseconds(60_001), wallet: try wallet(0), version: 7)
    #expect(part.slice == 2 && part.isFinal && part.available == .zero && part.walletVersion == 7)
    let none = SliceGrant(
      slice: 3, held: .zero, cumulative: .milliseconds(60_001), wallet: try wallet(0), version: 7)
    #expect(none.slice == 2 && none.isFinal)
    let toppedUp = SliceGrant(
      slice: 2, held: .milliseconds(1), cumulative: .milliseconds(60_001), wallet: try wallet(5), version: 8)
    #expect(toppedUp.slice == 2 && !toppedUp.isFinal)
  }

  @Test("the owner is notified of less than two minutes after a talk that was charged")
  func low() {
    let user = UserID(UUID())
    func told(_ charge: Int64, _ balance: Int64) -> TalkTime? {
      TalkTimeLow(of: user, charge: .milliseconds(charge), balance: .milliseconds(balance))?.remaining
    }
    #expect(told(1, 119_999) == .milliseconds(119_999))
    #expect(told(1, 120_000) == nil)
    #expect(told(0, 0) == nil)
  }
}
