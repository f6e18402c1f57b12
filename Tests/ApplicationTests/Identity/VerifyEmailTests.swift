import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Proving an address")
struct VerifyEmailTests {
  let desk = Desk()

  /// The link of the mail that was asked for last.
  private func link() async throws -> LinkToken {
    let id = try #require(desk.accounts.requested.last)
    let row = try #require(try await desk.accounts.verification(id))
    let secret = FakeLinks().secret(purpose: VerifyEmail.purpose, id: id, user: row.user, expires: row.expiresAt)
    return LinkToken(id: id, secret: secret)
  }

  private func isVerified(_ user: UserID) async throws -> Bool? {
    try await desk.accounts.account(user)?.emailVerified
  }

  @Test("its link proves it, and is told once however often it is followed")
  func verifies() async throws {
    let user = try await desk.registered().account.id
    let link = try await link()
    try await desk.verifyEmail(link.text)
    try await desk.verifyEmail(link.text)
    #expect(try await isVerified(user) == true)
    #expect(desk.accounts.told.count(where: { $0 == "email.verified" }) == 1)
  }

  @Test("another secret, another row, or no link at all is refused")
  func refused() async throws {
    let user = try await desk.registered().account.id
    let link = try await link()
    let flipped = String(link.secret.dropLast()) + (link.secret.last == "0" ? "1" : "0")
    let wrong = [
      "", ".", link.id, "\(link.id).", ".\(link.secret)", "\(link.id).\(flipped)", "\(link.id).\(link.secret)x",
      "\(link.id).\(link.secret.dropLast())", "\(UUID()).\(link.secret)", "\(link.text).x", "x\(link.text)",
    ]
    for text in wrong {
      await #expect(throws: IdentityError.invalidToken, "\(text)") { try await desk.verifyEmail(text) }
    }
    #expect(try await isVerified(user) == false)
    #expect(!desk.accounts.told.contains("email.verified"))
  }

  @Test("one account's secret proves no other's address")
  func anothers() async throws {
    _ = try await desk.registered()
    let first = try await link()
    let other = try await desk.registered("ravi@example.com").account.id
    let second = try await link()
    await #expect(throws: IdentityError.invalidToken) { try await desk.verifyEmail("\(second.id).\(first.secret)") }
    #expect(try await isVerified(other) == false)
  }

  @Test("is good for a day, and a fresh one after that")
  func expires() async throws {
    let user = try await desk.registered().account.id
    let old = try await link()
    desk.clock.advance(.seconds(24 * 3_600))
    await #expect(throws: IdentityError.invalidToken) { try await desk.verifyEmail(old.text) }
    try await desk.accounts.requestVerification(of: user)
    try await desk.verifyEmail(try await link().text)
    #expect(try await isVerified(user) == true)
    try await desk.accounts.requestVerification(of: user)
    #expect(desk.accounts.requested.count == 2)
  }
}
