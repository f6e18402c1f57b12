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

  @Test("the owner is notified once when the balance falls below two minutes")
  func low() {
    let user = UserID(UUID())
    func told(_ before: Int64, _ after: Int64) -> TalkTime? {
      TalkTimeLow(of: user, before: .milliseconds(before), after: .milliseconds(after), version: 7)?.remaining
    }
    #expect(told(120_000, 119_999) == .milliseconds(119_999))
    #expect(told(600_000, 0) == .zero)
    #expect(told(120_001, 120_000) == nil)
    #expect(told(119_999, 60_000) == nil)
    #expect(told(0, 600_000) == nil)
  }

  @Test("a balance recovers when it is back at two minutes, but a first credit is no recovery")
  func recovered() {
    let user = UserID(UUID())
    func told(_ before: Int64?, _ after: Int64) -> TalkTime? {
      TalkTimeNoLongerLow(of: user, before: before.map { .milliseconds($0) }, after: .milliseconds(after), by: .grant)?
        .remaining
    }
    #expect(told(119_999, 120_000) == .milliseconds(120_000))
    #expect(told(0, 119_999) == nil)
    #expect(told(120_000, 600_000) == nil)
    #expect(told(nil, 600_000) == nil)
  }

  @Test("a recovery names the crossing that it ends, and only that of another entry than a purchase is worth a mail")
  func crossings() throws {
    let user = UserID(UUID())
    let low = try #require(TalkTimeLow(of: user, before: .seconds(120), after: .zero, version: 7))
    #expect(low.crossingID == "\(user)-7")
    var back = try #require(TalkTimeNoLongerLow(of: user, before: .zero, after: .seconds(120), by: .refund))
    #expect(back.crossingID == nil && !back.mayBePurchase)
    back.lowVersion = 7
    #expect(back.crossingID == low.crossingID)
    let bought = try #require(TalkTimeNoLongerLow(of: user, before: .zero, after: .seconds(120), by: .purchase))
    #expect(bought.mayBePurchase)
    #expect(TalkTimeNoLongerLow(userID: user, remaining: .seconds(120), entryKind: nil, lowVersion: nil).mayBePurchase)
  }
}
