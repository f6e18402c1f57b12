import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Refreshing tokens")
struct RefreshTokensTests {
  let world = IdentityWorld()

  @Test("a refresh gives the device the next pair of tokens, and records when its user was last active")
  func refreshes() async throws {
    let first = try await world.registered()
    let signedIn = world.clock.now()
    world.clock.advance(.seconds(3_600))
    let second = try await world.refresh(first.refreshToken)
    #expect(second.refreshToken != first.refreshToken && second.refreshToken.hasPrefix("tt_r_"))
    let claims = try world.claims(second)
    #expect(try claims.deviceID == world.claims(first).deviceID)
    #expect(claims.authenticatedAt == signedIn && claims.issuedAt == world.clock.now())
    #expect(world.tokens.read(second.accessToken)?.methods == ["refresh"])
    #expect(try await world.refresh(second.refreshToken).account.id == first.account.id)
  }

  @Test("a token that was used before ends its device, and the new token is invalid, too")
  func replay() async throws {
    let first = try await world.registered()
    let device = try world.claims(first).deviceID
    let second = try await world.refresh(first.refreshToken)
    await #expect(throws: IdentityError.invalidToken) { try await world.refresh(first.refreshToken) }
    #expect(world.devices.ended == [device])
    await #expect(throws: IdentityError.invalidToken) { try await world.refresh(second.refreshToken) }
  }

  @Test("another device of the user stays signed in after a replay")
  func otherDevice() async throws {
    let first = try await world.registered()
    let other = try await world.signIn(email: try world.address(), password: "correct horse", userAgent: nil)
    _ = try await world.refresh(first.refreshToken)
    await #expect(throws: IdentityError.invalidToken) { try await world.refresh(first.refreshToken) }
    #expect(try await world.refresh(other.refreshToken).account.id == first.account.id)
  }

  @Test("a token that was never issued is refused and ends nothing", arguments: ["", "tt_r_", "tt_r_AAAA"])
  func unknown(token: String) async throws {
    _ = try await world.registered()
    await #expect(throws: IdentityError.invalidToken) { try await world.refresh(token) }
    #expect(world.devices.ended.isEmpty)
  }

  @Test("a disabled account gets no more tokens")
  func disabled() async throws {
    let first = try await world.registered()
    world.accounts.disable(first.account.id)
    await #expect(throws: IdentityError.invalidToken) { try await world.refresh(first.refreshToken) }
  }

  @Test("a device that was away for sixty days is signed out")
  func away() async throws {
    let first = try await world.registered()
    world.clock.advance(.seconds(60 * 24 * 3_600 - 1))
    let second = try await world.refresh(first.refreshToken)
    world.clock.advance(.seconds(60 * 24 * 3_600))
    await #expect(throws: IdentityError.invalidToken) { try await world.refresh(second.refreshToken) }
  }
}
