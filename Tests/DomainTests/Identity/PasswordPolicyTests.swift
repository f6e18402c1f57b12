import Domain
import Testing

@Suite("The policy for passwords")
struct PasswordPolicyTests {
  private let policy = PasswordPolicy()

  private func problem(
    _ text: String, _ address: String = "asha.rao+talk@example.com", isOperator: Bool = false
  ) throws -> PasswordProblem? {
    let address = try #require(EmailAddress(address))
    do throws(PasswordProblem) {
      _ = try policy.password(text, for: address, isOperator: isOperator)
      return nil
    } catch {
      return error
    }
  }

  @Test("a password has 8 to 256 code points, counted after composing")
  func length() throws {
    // One, two, three and four bytes each.
    for scalars in ["xy", "éè", "अआ", "🔑🔒"] {
      func text(_ count: Int) -> String { String(String(repeating: scalars, count: 200).prefix(count)) }
      #expect(try problem(text(7)) == .tooShort(minimum: 8))
      for count in [8, 255, 256] { #expect(try problem(text(count)) == nil) }
      #expect(try problem(text(257)) == .tooLong)
    }
    let decomposed = "o\u{308}a\u{308}"
    #expect(try problem("123x45" + "o\u{308}") == .tooShort(minimum: 8))
    #expect(try problem(String(repeating: decomposed, count: 128)) == nil)
    #expect(try problem(String(repeating: decomposed, count: 128) + "x") == .tooLong)
    // A family of seven code points is one character.
    #expect(try problem("👨‍👩‍👧‍👦") == .tooShort(minimum: 8))
    #expect(try problem("👨‍👩‍👧‍👦x") == nil)
    #expect(try problem(String(repeating: "x", count: 60_000)) == .tooLong)
  }

  @Test("an operator's password has 15 code points")
  func operators() throws {
    #expect(try problem("quiet mountain", isOperator: true) == .tooShort(minimum: 15))
    #expect(try problem("a quiet mountain", isOperator: true) == nil)
  }

  @Test(
    "the address and its parts are refused, with a number behind them, too",
    arguments: [
      "asha.rao+talk@example.com", "ASHA.RAO+talk@Example.com", "asha.rao+talk", "example.com", "asha1234", "!example!",
      "Asha2026!", "Talk.123456",
    ])
  func address(text: String) throws { #expect(try problem(text) == .isAddress) }

  @Test(
    "a part that ends in digits, and the whole address, are refused with digits and signs around them",
    arguments: [
      "lee1990022!", "12lee1990022!", "lee1990022123", ".anna.lee1990022@example.com", "anna.lee1990022@example.com1",
    ])
  func addressWithDigits(text: String) throws {
    #expect(try problem(text, "anna.lee1990022@example.com") == .isAddress)
    #expect(try problem("x" + text, "anna.lee1990022@example.com") == nil)
  }

  @Test(
    "common passwords and the product's name are refused",
    arguments: [
      "password", "PASSWORD", "Password1", "password2026!", "12345678", "qwertyui", "iloveyou", "talktime",
      "Talktime2026", "talk-time", "aaaaaaaa", "        ", "🔑🔑🔑🔑🔑🔑🔑🔑",
    ])
  func common(text: String) throws { #expect(try problem(text) == .common) }

  @Test(
    "any other text is a password",
    arguments: [
      "correct horse", "a quiet mountain lake", "asha likes talking", "rao1 rao2", "pass\nword", "1234 5679",
      "ＰＡＳＳｗｏｒｄ", "my talktime is long",
    ])
  func anything(text: String) throws { #expect(try problem(text, "rao@example.com") == nil) }
}
