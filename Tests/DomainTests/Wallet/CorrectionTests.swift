import Domain
import Testing

@Suite("An operator's corrections of a wallet")
struct CorrectionTests {
  @Test("a grant is positive, an adjustment of either sign, and neither is zero")
  func directions() {
    #expect(Correction(.grant, .milliseconds(1))?.time == .milliseconds(1))
    #expect(Correction(.grant, .milliseconds(-1)) == nil)
    #expect(Correction(.adjustment, .milliseconds(-1))?.time == .milliseconds(-1))
    for kind in Correction.Kind.allCases { #expect(Correction(kind, .zero) == nil) }
  }

  @Test("an amount has at most ten to the twelfth milliseconds, of either sign", arguments: [1, -1] as [Int64])
  func bounds(sign: Int64) {
    let most = Correction.most.milliseconds
    #expect(most == 1_000_000_000_000)
    #expect(Correction(.adjustment, .milliseconds(sign * most)) != nil)
    #expect(Correction(.adjustment, .milliseconds(sign * (most + 1))) == nil)
    #expect(Correction(.adjustment, .milliseconds(.min)) == nil && Correction(.grant, .milliseconds(.max)) == nil)
  }

  @Test(
    "a printable reason with content is accepted",
    arguments: ["a", "lost call of 3 May", "रिफ़ंड 👍🏽", String(repeating: "x", count: 500), " padded "])
  func reasons(text: String) {
    #expect(Reason(text)?.text == text)
  }

  @Test(
    "any other reason is refused",
    arguments: [
      "", " ", "\u{00A0}\u{3000}", "two\nlines", "bell\u{07}", "nul\u{00}", "line\u{2028}separator", "\u{85}",
      String(repeating: "x", count: 501), "a" + String(repeating: "\u{301}", count: 500),
    ])
  func badReasons(text: String) {
    #expect(Reason(text) == nil)
  }

  @Test("a reference is visible ASCII, and differs from those of payments and talks in the ledger")
  func references() {
    #expect(CorrectionReference("ticket-12")?.text == "operator:ticket-12")
    #expect(CorrectionReference("payment:pay_1")?.text == "operator:payment:pay_1")
    #expect(CorrectionReference(String(repeating: "r", count: 100)) != nil)
    for text in ["", "two words", "tab\t", "é", String(repeating: "r", count: 101)] {
      #expect(CorrectionReference(text) == nil, "\(text)")
    }
  }
}
