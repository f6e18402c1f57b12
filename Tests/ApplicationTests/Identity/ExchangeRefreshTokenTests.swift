import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Refreshing tokens")
struct ExchangeRefreshTokenTests {
  let world = IdentityWorld()

  @Test("a refresh gives the device the next pair of tokens, with the time and the methods of its sign-in")
  func refreshes() async throws {
    let first = try await world.registered()
    let signedIn = world.clock.now()
    world.clock.advance(.seconds(3_600))
    let second = try await world.refresh(first.refreshToken)
    #expect(second.refreshToken != first.refreshToken && second.refreshToken.hasPrefix("tt_r_"))
    let claims = try world.claims(second)
    #expect(try claims.deviceID == world.claims(first).deviceID)
    #expect(claims.authenticatedAt == signedIn && claims.issuedAt == world.clock.now())
    #expect(world.tokens.read(second.accessToken)?.methods == ["pwd"])
    #expect(try await world.refresh(second.refreshToken).account.id == first.account.id)
  }

  @Test("a client whose answer was lost gets the same refresh token again")
  func lostAnswer() async throws {
    let first = try await world.registered()
    let lost = try await world.refresh(first.refreshToken)
    world.clock.advance(.seconds(9))
    let again = try await world.refresh(first.refreshToken)
    #expect(again.refreshToken == lost.refreshToken && again.accessToken != lost.accessToken)
    #expect(try await world.refresh(again.refreshToken).account.id == first.account.id)
    #expect(world.devices.ended.isEmpty)
  }

  @Test("a token that was used before ends its device once its successor is used, and all later tokens")
  func replay() async throws {
    let first = try await world.registered()
    let device = try world.claims(first).deviceID
    let second = try await world.refresh(first.refreshToken)
    let third = try await world.refresh(second.refreshToken)
    await #expect(throws: IdentityError.invalidToken) { try await world.refresh(first.refreshToken) }
    #expect(world.devices.causes == [device: .replayed])
    for token in [second, third] {
      await #expect(throws: IdentityError.invalidToken) { try await world.refresh(token.refreshToken) }
    }
  }

  @Test("a token that was used before ends its device after ten seconds")
  func lateReplay() async throws {
    let first = try await world.registered()
    let second = try await world.refresh(first.refreshToken)
    world.clock.advance(.seconds(10))
    await #expect(throws: IdentityError.invalidToken) { try await world.refresh(first.refreshToken) }
    await #expect(throws: IdentityError.invalidToken) { try await world.refresh(second.refreshToken) }
  }

  @Test("a thief who refreshes any number of times is found out by the owner's older token", arguments: 2...6)
  func thief(refreshes: Int) async throws {
    let owned = try await world.registered()
    var stolen = owned
    for _ in 0..<refreshes { stolen = try await world.refresh(stolen.refreshToken) }
    world.clock.advance(.seconds(86_400))
    await #expect(throws: IdentityError.invalidToken) { try await world.refresh(owned.refreshToken) }
    await #expect(throws: IdentityError.invalidToken) { try await world.refresh(stolen.refreshToken) }
  }

  @Test("another device of the user stays signed in after a replay")
  func otherDevice() async throws {
    let first = try await world.registered()
    let other = try await world.signIn(email: try world.address(), password: "correct horse", userAgent: nil)
    _ = try await world.refresh(try await world.refresh(first.refreshToken).refreshToken)
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

  @Test("a device that was away for thirty days is signed out")
  func away() async throws {
    let first = try await world.registered()
    world.clock.advance(.seconds(30 * 24 * 3_600 - 1))
    let second = try await world.refresh(first.refreshToken)
    world.clock.advance(.seconds(30 * 24 * 3_600))
    await #expect(throws: IdentityError.invalidToken) { try await world.refresh(second.refreshToken) }
  }
}
