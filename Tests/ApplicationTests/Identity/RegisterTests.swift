import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Registering")
struct RegisterTests {
  let world = IdentityWorld()

  @Test("a registration makes an account, signs its device in and asks for the address to be verified")
  func registers() async throws {
    let tokens = try await world.registered()
    #expect(tokens.account.email.text == "asha@example.com" && tokens.account.name == "Asha")
    #expect(!tokens.account.emailVerified && tokens.account.hasPassword && !tokens.account.googleLinked)
    #expect(world.accounts.told == ["user.registered", "email.verification_requested"])
    let claims = try world.claims(tokens)
    #expect(claims.userID == tokens.account.id && world.devices.open == [claims.deviceID])
    #expect(claims.authenticatedAt == world.clock.now() && claims.expiresAt == world.clock.now() + 24 * 3_600)
    #expect(world.tokens.read(tokens.accessToken)?.methods == ["pwd"])
  }

  @Test("only the password's hash is stored")
  func hashes() async throws {
    _ = try await world.registered()
    let found = try #require(try await world.accounts.account(email: try world.address()))
    #expect(found.passwordHash == "hash of correct horse")
  }

  @Test("an address that is taken is refused, in any capitalization, and makes no device")
  func taken() async throws {
    _ = try await world.registered()
    let devices = world.devices.open
    await #expect(throws: IdentityError.emailTaken) { try await world.registered("Asha@EXAMPLE.com") }
    #expect(world.devices.open == devices)
  }

  @Test("a registration fails without effect while too many password checks are waiting")
  func busy() async throws {
    world.passwords.beBusy()
    await #expect(throws: IdentityError.unavailable) { try await world.registered() }
    #expect(try await world.accounts.account(email: try world.address()) == nil)
  }
}
