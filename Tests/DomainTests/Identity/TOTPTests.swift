import Domain
import Fakes
import Testing

@Suite("One-time codes by time")
struct TOTPTests {
  private let totp = TOTP.fake
  private let secret = Array(UInt8(0)..<20)

  @Test(
    "a step has thirty seconds, before 1970 too",
    arguments: [(0, 0), (29, 0), (30, 1), (59, 1), (1_111_111_109, 37_037_036), (-1, -1), (-30, -1), (-31, -2)])
  func steps(seconds: Int64, step: Int64) { #expect(TOTP.step(at: seconds) == step) }

  @Test("the codes of the present step and the one before are accepted, and no others")
  func window() {
    let now: Int64 = 1_795_500_000
    let step = TOTP.step(at: now)
    for difference in Int64(-3)...3 {
      let code = totp.code(secret, step: step + difference)
      #expect(totp.step(of: code, secret, at: now) == ([0, -1].contains(difference) ? step + difference : nil))
    }
    #expect(totp.step(of: totp.code(secret, step: step), Array(secret.reversed()), at: now) == nil)
  }

  @Test("every code has six digits, and its step is found again with spaces in it")
  func digits() {
    for step in Int64(0)..<2_000 {
      let code = totp.code(secret, step: step)
      #expect(code.utf8.count == 6 && code.utf8.allSatisfy { (0x30...0x39).contains($0) })
      #expect(totp.step(of: " \(code.prefix(3)) \(code.suffix(3))", secret, at: step * 30 + 7) == step)
    }
  }

  @Test("what is no code of six digits is refused", arguments: ["", "12345", "1234567", "12345é", "१२३४५६", "-12345"])
  func malformed(text: String) { #expect(totp.step(of: text, secret, at: 0) == nil) }

  @Test("an HMAC that is too short is no reason to crash")
  func short() {
    for mac in [[], [0x0F], [1, 2, 3, 0x0F]] as [[UInt8]] {
      #expect(TOTP { _, _ in mac }.code(secret, step: 1).utf8.count == 6)
    }
  }

  @Test("an app reads the account's address from the enrolment's URI")
  func uri() throws {
    let email = try #require(EmailAddress("asha+talk/1?x&y%@example.com"))
    #expect(
      TOTP.enrolmentURI(secret: "MZXW6YTB", account: email)
        == "otpauth://totp/Talktime:asha%2Btalk%2F1%3Fx%26y%25@example.com?secret=MZXW6YTB&issuer=Talktime"
        + "&algorithm=SHA1&digits=6&period=30")
  }
}
