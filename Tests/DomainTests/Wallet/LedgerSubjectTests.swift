import Domain
import Testing

private let talkID = "AAAAAAAAAAAAAAAAAAAAAA"
private let refundID = "0d3f5b6e-5c0a-4b8e-9a55-3f1c2f9d7a10"
private let otherID = "6a1c0d92-7b3e-4f65-8d21-0c9e5b7a4f33"

@Suite("What an entry of the ledger is about")
struct LedgerSubjectTests {
  @Test("a purchase, a refund and a settlement name their payment, refund and talk")
  func known() throws {
    let refund = try #require(RefundID(refundID))
    let talk = try #require(SessionID(talkID))
    #expect(LedgerSubject(kind: .purchase, reference: "payment:pay_1") == .payment("pay_1"))
    #expect(LedgerSubject(kind: .refund, reference: "refund:\(refund):settled") == .refund(refund))
    #expect(LedgerSubject(kind: .refund, reference: "refund:\(refund):returned") == .returnedRefund(refund))
    let other = try #require(RefundID(otherID))
    #expect(
      LedgerSubject(kind: .refund, reference: "refund:\(refund):reckoned:\(other)")
        == .recomputedRefund(refund, without: other))
    #expect(LedgerSubject(kind: .settlement, reference: "session:\(talk):settlement") == .talk(talk))
  }

  @Test("the reference of a subject is read as that subject")
  func references() throws {
    let (refund, other) = (try #require(RefundID(refundID)), try #require(RefundID(otherID)))
    let talk = try #require(SessionID(talkID))
    let subjects: [(LedgerEntryKind, LedgerSubject)] = [
      (.purchase, .payment("pay_1")), (.refund, .refund(refund)), (.refund, .returnedRefund(refund)),
      (.refund, .recomputedRefund(refund, without: other)), (.settlement, .talk(talk)),
    ]
    for (kind, subject) in subjects {
      let reference = try #require(subject.reference)
      #expect(LedgerSubject(kind: kind, reference: reference) == subject)
      #expect(subject.refundID == (kind == .refund ? refund : nil))
    }
    #expect(LedgerSubject.other.reference == nil && LedgerSubject.other.refundID == nil)
  }

  @Test(
    "no other entry names one",
    arguments: [
      (.purchase, "payment:"), (.purchase, "payment"), (.purchase, "payment:a:b"), (.purchase, ""),
      (.purchase, "session:\(talkID):settlement"), (.grant, "payment:pay_1"), (.grant, "operator:payment:pay_1"),
      (.hold, "session:\(talkID):slice:1"), (.settlement, "session:\(talkID):slice"),
      (.settlement, "session:x:settlement"),
      (.settlement, "session:\(talkID)"), (.refund, "refund:\(refundID):reckoned:1"),
      (.refund, "refund:1:reckoned:\(refundID)"), (.refund, "refund:\(refundID):again:\(refundID)"),
      (.refund, "refund:\(refundID)"),
      (.refund, "refund:1:settled"), (.release, "refund:\(refundID):released"), (.adjustment, "conversation:c:1"),
      (.opening, "opening:1"),
    ] as [(LedgerEntryKind, String)])
  func others(kind: LedgerEntryKind, reference: String) {
    #expect(LedgerSubject(kind: kind, reference: reference) == .other)
  }
}
