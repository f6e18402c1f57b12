import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Registering")
struct RegisterTests {
  let desk = Desk()

  @Test("makes an account, signs its device in and asks for the address to be proven")
  func registers() async throws {
    let tokens = try await desk.registered()
    #expect(tokens.account.email.text == "asha@example.com" && tokens.account.name == "Asha")
    #expect(!tokens.account.emailVerified && tokens.account.hasPassword && !tokens.account.googleLinked)
    #expect(desk.accounts.told == ["user.registered", "email.verification_requested"])
    let claims = try desk.claims(tokens)
    #expect(claims.userID == tokens.account.id && desk.devices.open == [claims.deviceID])
    #expect(claims.authenticatedAt == desk.clock.now() && claims.expiresAt == desk.clock.now() + 24 * 3_600)
    #expect(desk.tokens.read(tokens.accessToken)?.methods == ["pwd"])
  }

  @Test("keeps the password as its hash alone")
  func hashes() async throws {
    _ = try await desk.registered()
    let found = try #require(try await desk.accounts.account(email: try desk.address()))
    #expect(found.passwordHash == "hash of correct horse")
  }

  @Test("an address that is taken is refused, in any capitals, and opens no device")
  func taken() async throws {
    _ = try await desk.registered()
    let devices = desk.devices.open
    await #expect(throws: IdentityError.emailTaken) { try await desk.registered("Asha@EXAMPLE.com") }
    #expect(desk.devices.open == devices)
  }

  @Test("makes nothing where too many passwords wait already")
  func busy() async throws {
    desk.passwords.beBusy()
    await #expect(throws: IdentityError.unavailable) { try await desk.registered() }
    #expect(try await desk.accounts.account(email: try desk.address()) == nil)
  }
}
