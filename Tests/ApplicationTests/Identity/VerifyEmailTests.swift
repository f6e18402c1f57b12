import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Verifying an address")
struct VerifyEmailTests {
  let world = IdentityWorld()

  /// The link of the last verification mail.
  private func link() async throws -> LinkToken {
    let id = try #require(world.accounts.requested.last)
    let row = try #require(try await world.accounts.verification(id))
    let secret = FakeLinks().secret(purpose: VerifyEmail.purpose, id: id, user: row.user, expires: row.expiresAt)
    return LinkToken(id: id, secret: secret)
  }

  private func isVerified(_ user: UserID) async throws -> Bool? {
    try await world.accounts.account(user)?.emailVerified
  }

  @Test("a link verifies its address, and publishes that once however often it is followed")
  func verifies() async throws {
    let user = try await world.registered().account.id
    let link = try await link()
    try await world.verifyEmail(link.text)
    try await world.verifyEmail(link.text)
    #expect(try await isVerified(user) == true)
    #expect(world.accounts.told.count(where: { $0 == "email.verified" }) == 1)
  }

  @Test("another secret, another row, or an invalid link is refused")
  func refused() async throws {
    let user = try await world.registered().account.id
    let link = try await link()
    let flipped = String(link.secret.dropLast()) + (link.secret.last == "0" ? "1" : "0")
    let wrong = [
      "", ".", link.id, "\(link.id).", ".\(link.secret)", "\(link.id).\(flipped)", "\(link.id).\(link.secret)x",
      "\(link.id).\(link.secret.dropLast())", "\(UUID()).\(link.secret)", "\(link.text).x", "x\(link.text)",
    ]
    for text in wrong {
      await #expect(throws: IdentityError.invalidLink, "\(text)") { try await world.verifyEmail(text) }
    }
    #expect(try await isVerified(user) == false)
    #expect(!world.accounts.told.contains("email.verified"))
  }

  @Test("one account's secret verifies no other account's address")
  func anothers() async throws {
    _ = try await world.registered()
    let first = try await link()
    let other = try await world.registered("ravi@example.com").account.id
    let second = try await link()
    await #expect(throws: IdentityError.invalidLink) { try await world.verifyEmail("\(second.id).\(first.secret)") }
    #expect(try await isVerified(other) == false)
  }

  @Test("a link is valid for a day, and a new one after that")
  func expires() async throws {
    let user = try await world.registered().account.id
    let old = try await link()
    world.clock.advance(.seconds(24 * 3_600))
    await #expect(throws: IdentityError.invalidLink) { try await world.verifyEmail(old.text) }
    try await world.accounts.requestVerification(of: user)
    try await world.verifyEmail(try await link().text)
    #expect(try await isVerified(user) == true)
    try await world.accounts.requestVerification(of: user)
    #expect(world.accounts.requested.count == 2)
  }
}
