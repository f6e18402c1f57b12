import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Verifying an address")
struct VerifyEmailTests {
  let world = IdentityWorld()

  private func isVerified(_ user: UserID) async throws -> Bool? {
    try await world.accounts.account(user)?.emailVerified
  }

  @Test("a link verifies its address once, and is invalid after that")
  func verifies() async throws {
    let user = try await world.registered().account.id
    let link = try await world.link()
    try await world.verifyEmail(link.text)
    await #expect(throws: IdentityError.invalidLink) { try await world.verifyEmail(link.text) }
    #expect(try await isVerified(user) == true)
    #expect(world.accounts.told.count(where: { $0 == "email.verified" }) == 1)
  }

  @Test("another secret, another row, or an invalid link is refused")
  func refused() async throws {
    let user = try await world.registered().account.id
    let link = try await world.link()
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
    let first = try await world.link()
    let other = try await world.registered("ravi@example.com").account.id
    let second = try await world.link()
    await #expect(throws: IdentityError.invalidLink) { try await world.verifyEmail("\(second.id).\(first.secret)") }
    #expect(try await isVerified(other) == false)
  }

  @Test("a link is valid for a day, and a new one after that")
  func expires() async throws {
    let user = try await world.registered().account.id
    let old = try await world.link()
    world.clock.advance(.seconds(24 * 3_600))
    await #expect(throws: IdentityError.invalidLink) { try await world.verifyEmail(old.text) }
    try await world.accounts.requestVerification(of: user)
    try await world.verifyEmail(try await world.link().text)
    #expect(try await isVerified(user) == true)
    try await world.accounts.requestVerification(of: user)
    #expect(world.accounts.requested().count == 2)
  }

  @Test("a minute passes between two links, and an address gets three an hour")
  func limited() async throws {
    let user = try await world.registered().account.id
    func resend() async throws { try await world.accounts.requestVerification(of: user) }
    await #expect(throws: IdentityError.mailLimit(retryAfter: .seconds(60))) { try await resend() }
    for _ in 0..<2 {
      world.clock.advance(.seconds(60))
      try await resend()
    }
    world.clock.advance(.seconds(60))
    await #expect(throws: IdentityError.mailLimit(retryAfter: .seconds(3_600 - 180))) { try await resend() }
    world.clock.advance(.seconds(3_600 - 180))
    try await resend()
    #expect(world.accounts.requested().count == 4)
  }
}
