import Domain
import Testing

@Suite("Codes in mails")
struct MailedCodeTests {
  @Test("a code has eight digits, is shown in two groups, and is read again however it is typed")
  func reads() {
    for (number, text) in [(UInt64(0), "00000000"), (1_234, "00001234"), (.max, "09551615"), (99_999_999, "99999999")] {
      let code = MailedCode(number)
      #expect(code.text == text && code.shown == "\(text.prefix(4)) \(text.suffix(4))")
      for typed in [code.text, code.shown, " \(code.shown) ", code.shown.replacing(" ", with: "-")] {
        #expect(MailedCode(typed: typed) == code, "\(typed)")
      }
      #expect(!"\(code)".contains(text))
    }
  }

  @Test(
    "what is no code is refused",
    arguments: ["", "1234567", "123456789", "1234 567x", "１２３４５６７８", "1234_5678", "1234\n5678", "+12345678"])
  func refused(text: String) { #expect(MailedCode(typed: text) == nil) }

  @Test("a long text is not read at all")
  func long() { #expect(MailedCode(typed: String(repeating: " ", count: 40) + "12345678") == nil) }

  @Test("a code matches itself alone")
  func matches() {
    #expect(MailedCode(12_345_678).matches(MailedCode(12_345_678)))
    for other: UInt64 in [0, 12_345_679, 22_345_678] { #expect(!MailedCode(12_345_678).matches(MailedCode(other))) }
  }
}
