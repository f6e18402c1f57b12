import Domain
import Testing

private let talkID = "AAAAAAAAAAAAAAAAAAAAAA"
private let refundID = "0d3f5b6e-5c0a-4b8e-9a55-3f1c2f9d7a10"

@Suite("What an entry of the ledger is about")
struct LedgerSubjectTests {
  @Test("a purchase, a refund and a settlement name their payment, refund and talk")
  func known() throws {
    let refund = try #require(RefundID(refundID))
    let talk = try #require(SessionID(talkID))
    #expect(LedgerSubject(kind: .purchase, reference: "payment:pay_1") == .payment("pay_1"))
    #expect(LedgerSubject(kind: .refund, reference: "refund:\(refund):settled") == .refund(refund))
    #expect(LedgerSubject(kind: .refund, reference: "refund:\(refund):returned") == .returnedRefund(refund))
    #expect(LedgerSubject(kind: .settlement, reference: "session:\(talk):settlement") == .talk(talk))
  }

  @Test(
    "no other entry names one",
    arguments: [
      (.purchase, "payment:"), (.purchase, "payment"), (.purchase, "payment:a:b"), (.purchase, ""),
      (.purchase, "session:\(talkID):settlement"), (.grant, "payment:pay_1"), (.grant, "operator:payment:pay_1"),
      (.hold, "session:\(talkID):slice:1"), (.settlement, "session:\(talkID):slice"),
      (.settlement, "session:x:settlement"),
      (.settlement, "session:\(talkID)"), (.refund, "refund:\(refundID):reckoned:\(refundID)"),
      (.refund, "refund:\(refundID)"),
      (.refund, "refund:1:settled"), (.release, "refund:\(refundID):released"), (.adjustment, "conversation:c:1"),
      (.opening, "opening:1"),
    ] as [(LedgerEntryKind, String)])
  func others(kind: LedgerEntryKind, reference: String) {
    #expect(LedgerSubject(kind: kind, reference: reference) == .other)
  }
}
