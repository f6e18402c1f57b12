import Domain
import Testing

@Suite("A password")
struct PasswordTests {
  @Test("a password is composed, and nothing else of it is folded")
  func composed() {
    #expect(Array(Password("pa\u{308}sswo\u{308}rter").text.utf8) == Array("p\u{e4}ssw\u{f6}rter".utf8))
    // Blanks at both ends, capitals, a ligature, full-width letters, a sign of width none.
    for text in ["  pass word  ", "PassWord", "\u{FB01}sh", "ＰＡＳＳｗｏｒｄ", "pass\u{200D}word", "pass\nword", ""] {
      #expect(Array(Password(text).text.utf8) == Array(text.utf8))
    }
  }

  @Test("a password knows whether it was typed in composed form")
  func spelling() {
    let password = Password("p\u{e4}ss")
    #expect(password.isSpelled(as: "p\u{e4}ss") && !password.isSpelled(as: "pa\u{308}ss"))
  }

  @Test("a password is never printed")
  func silent() {
    let password = Password("correct horse battery")
    #expect(!"\(password)".contains("horse"))
    #expect(!String(reflecting: password).contains("horse"))
  }
}
