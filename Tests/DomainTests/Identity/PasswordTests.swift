import Domain
import Testing

@Suite("A password")
struct PasswordTests {
  @Test(
    "a password has 8 to 256 code points",
    arguments: [(7, false), (8, true), (9, true), (255, true), (256, true), (257, false)])
  func length(count: Int, fits: Bool) {
    // One, two, three and four bytes each: code points are counted.
    for scalar in ["x", "é", "अ", "🔑"] {
      #expect((Password(String(repeating: scalar, count: count)) != nil) == fits)
    }
  }

  @Test("a password's length is in code points and not in visible characters")
  func codePoints() {
    // A family of seven code points, and e with a separate accent: each is one Character.
    #expect(Password("👨‍👩‍👧‍👦") == nil)
    #expect(Password("👨‍👩‍👧‍👦x") != nil)
    #expect(Password("e\u{301}e\u{301}e\u{301}e\u{301}") != nil)
    #expect(Password("éééé") == nil)
  }

  @Test("a password may have any character but NUL, and is kept as it is")
  func anything() throws {
    for text in ["        ", "correct horse", "12345678", "pass\nword", "ＰＡＳＳｗｏｒｄ", "e\u{301}eeeeeee"] {
      #expect(Array(try #require(Password(text)).text.utf8) == Array(text.utf8))
    }
    #expect(Password("pass\0word") == nil && Password("password\0") == nil)
  }

  @Test("a password is never printed")
  func silent() throws {
    let password = try #require(Password("correct horse battery"))
    #expect(!"\(password)".contains("horse"))
    #expect(!String(reflecting: password).contains("horse"))
  }
}
