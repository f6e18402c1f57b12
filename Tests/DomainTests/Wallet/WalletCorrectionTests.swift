import Domain
import Testing

@Suite("An operator's corrections of a wallet")
struct WalletCorrectionTests {
  @Test("a grant is positive, an adjustment of either sign, and neither is zero")
  func directions() {
    #expect(WalletCorrection(.grant, .milliseconds(1))?.time == .milliseconds(1))
    #expect(WalletCorrection(.grant, .milliseconds(-1)) == nil)
    #expect(WalletCorrection(.adjustment, .milliseconds(-1))?.time == .milliseconds(-1))
    for kind in WalletCorrection.Kind.allCases { #expect(WalletCorrection(kind, .zero) == nil) }
  }

  @Test("an amount has at most ten to the twelfth milliseconds, of either sign", arguments: [1, -1] as [Int64])
  func bounds(sign: Int64) {
    let most = WalletCorrection.most.milliseconds
    #expect(most == 1_000_000_000_000)
    #expect(WalletCorrection(.adjustment, .milliseconds(sign * most)) != nil)
    #expect(WalletCorrection(.adjustment, .milliseconds(sign * (most + 1))) == nil)
    #expect(
      WalletCorrection(.adjustment, .milliseconds(.min)) == nil && WalletCorrection(.grant, .milliseconds(.max)) == nil)
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
