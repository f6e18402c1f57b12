import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

/// Passkeys over fakes. The codes of the routes are in ServiceTests.
@Suite("Passkeys")
struct PasskeyTests {
  let world = IdentityWorld()
  private let relyingParty = PasskeyRelyingParty(publicURL: "https://talk.example")
  private let fake = FakePasskeyCryptography()

  private var challenges: PasskeyChallenges {
    PasskeyChallenges(
      minter: FakePasskeyChallenges(), used: world.used, hashes: world.tokens, clock: world.clock, random: world.random)
  }
  private var offer: OfferPasskey {
    OfferPasskey(accounts: world.accounts, passkeys: world.accounts, challenges: challenges)
  }
  private var add: AddPasskey {
    AddPasskey(passkeys: world.accounts, challenges: challenges, cryptography: fake, relyingParty: relyingParty)
  }
  private var signIn: SignInWithPasskey {
    SignInWithPasskey(
      accounts: world.accounts, passkeys: world.accounts, challenges: challenges, cryptography: fake,
      relyingParty: relyingParty, issue: world.issue)
  }

  private func registration(
    _ soft: SoftAuthenticator, _ challenge: [UInt8], flags: SoftAuthenticator.Flags = SoftAuthenticator.usual,
    counter: UInt32 = 0
  ) -> PasskeyRegistrationAnswer {
    PasskeyRegistrationAnswer(
      credentialID: soft.credentialID, clientData: soft.clientData("webauthn.create", Base64URL.encode(challenge)),
      attestation: soft.attestation(soft.authenticatorData(flags: flags, counter: counter, attested: true)),
      transports: [.internal])
  }

  /// A user with one passkey.
  private func owner(counter: UInt32 = 0) async throws -> (user: UserID, soft: SoftAuthenticator) {
    let user = try await world.registered().account.id
    let soft = SoftAuthenticator(user: user)
    let challenge = try await offer(to: user, isAutomatic: false).challenge
    _ = try await add(registration(soft, challenge, counter: counter), name: .usual, user: user)
    return (user, soft)
  }

  private func answer(
    _ soft: SoftAuthenticator, _ challenge: [UInt8]? = nil, counter: UInt32 = 0, handle: [UInt8]? = nil,
    flags: SoftAuthenticator.Flags = SoftAuthenticator.usual
  ) throws -> PasskeySignInAnswer {
    let client = soft.clientData("webauthn.get", Base64URL.encode(challenge ?? signIn.challenge()))
    let data = soft.authenticatorData(flags: flags, counter: counter)
    return PasskeySignInAnswer(
      credentialID: soft.credentialID, clientData: client, authenticatorData: data,
      signature: try soft.signature(data, client), userHandle: handle ?? soft.user.passkeyHandle)
  }

  @Test("a passkey signs in, and the token says so")
  func signsIn() async throws {
    let (user, soft) = try await owner()
    let tokens = try await signIn(try answer(soft), userAgent: "test")
    #expect(tokens.account.id == user)
    #expect(world.tokens.read(tokens.accessToken)?.methods == ["passkey"])
    #expect(world.devices.open.contains(tokens.deviceID))
    #expect(try await world.accounts.passkeys(of: user).first?.lastUsedAt == world.clock.now())
  }

  @Test("a challenge is for one thing and one user, is accepted once, and is valid for five minutes")
  func challengeOnce() async throws {
    let (user, soft) = try await owner()
    let once = signIn.challenge()
    _ = try await signIn(try answer(soft, once), userAgent: nil)
    await #expect(throws: PasskeyError.refused) { try await signIn(try answer(soft, once), userAgent: nil) }
    let registration = try await offer(to: user, isAutomatic: false).challenge
    await #expect(throws: PasskeyError.refused) { try await signIn(try answer(soft, registration), userAgent: nil) }
    await #expect(throws: PasskeyError.refused) { try await signIn(try answer(soft, [1, 2, 3]), userAgent: nil) }
    let old = signIn.challenge()
    world.clock.advance(.seconds(299))
    _ = try await signIn(try answer(soft, old), userAgent: nil)
    let older = signIn.challenge()
    world.clock.advance(.seconds(300))
    await #expect(throws: PasskeyError.refused) { try await signIn(try answer(soft, older), userAgent: nil) }
  }

  @Test("a new passkey needs a challenge that its user got for it, once")
  func registersOnce() async throws {
    let (user, _) = try await owner()
    let other = try await world.registered("ravi@example.com").account.id
    let challenge = try await offer(to: user, isAutomatic: false).challenge
    let soft = SoftAuthenticator(user: user, seed: 2)
    for foreign in [try await offer(to: other, isAutomatic: false).challenge, signIn.challenge(), []] {
      await #expect(throws: PasskeyError.refused) {
        try await add(registration(soft, foreign), name: .usual, user: user)
      }
    }
    _ = try await add(registration(soft, challenge), name: .usual, user: user)
    let second = SoftAuthenticator(user: user, seed: 3)
    await #expect(throws: PasskeyError.refused) {
      try await add(registration(second, challenge), name: .usual, user: user)
    }
  }

  @Test("only where the browser makes the passkey without asking does nobody need to be there")
  func automatic() async throws {
    let user = try await world.registered().account.id
    let soft = SoftAuthenticator(user: user)
    let asked = try await offer(to: user, isAutomatic: false).challenge
    await #expect(throws: PasskeyError.refused) {
      try await add(registration(soft, asked, flags: []), name: .usual, user: user)
    }
    let silent = try await offer(to: user, isAutomatic: true).challenge
    _ = try await add(registration(soft, silent, flags: []), name: .usual, user: user)
    // The sign-in needs a verified person nonetheless.
    await #expect(throws: PasskeyError.refused) { try await signIn(try answer(soft, flags: []), userAgent: nil) }
    _ = try await signIn(try answer(soft), userAgent: nil)
  }

  @Test("a key that is none is refused, and a credential belongs to one account")
  func credentials() async throws {
    let (user, soft) = try await owner()
    let other = try await world.registered("ravi@example.com").account.id
    let none = SoftAuthenticator(user: user, seed: 0)
    let first = try await offer(to: user, isAutomatic: false).challenge
    await #expect(throws: PasskeyError.refused) { try await add(registration(none, first), name: .usual, user: user) }
    for owner in [user, other] {
      let challenge = try await offer(to: owner, isAutomatic: false).challenge
      await #expect(throws: PasskeyError.known) {
        try await add(registration(soft, challenge), name: .usual, user: owner)
      }
    }
  }

  @Test("another signature, another user and an unknown passkey do not sign in")
  func refused() async throws {
    let (_, soft) = try await owner()
    let other = try await world.registered("ravi@example.com").account.id
    var damaged = try answer(soft)
    damaged = PasskeySignInAnswer(
      credentialID: damaged.credentialID, clientData: damaged.clientData, authenticatorData: damaged.authenticatorData,
      signature: Array(damaged.signature.dropLast()) + [1], userHandle: damaged.userHandle)
    await #expect(throws: PasskeyError.refused) { try await signIn(damaged, userAgent: nil) }
    for handle in [other.passkeyHandle, []] {
      await #expect(throws: PasskeyError.refused) { try await signIn(try answer(soft, handle: handle), userAgent: nil) }
    }
    let unknown = SoftAuthenticator(user: soft.user, seed: 9)
    await #expect(throws: PasskeyError.unknown) { try await signIn(try answer(unknown), userAgent: nil) }
    // Nobody learns about a passkey without a challenge of ours.
    await #expect(throws: PasskeyError.refused) { try await signIn(try answer(unknown, [1]), userAgent: nil) }
    #expect(world.devices.open.count == 2)
  }

  @Test("a counter that does not grow is refused")
  func counter() async throws {
    let (_, soft) = try await owner(counter: 5)
    _ = try await signIn(try answer(soft, counter: 6), userAgent: nil)
    for counter: UInt32 in [6, 5, 0] {
      await #expect(throws: PasskeyError.refused) {
        try await signIn(try answer(soft, counter: counter), userAgent: nil)
      }
    }
    _ = try await signIn(try answer(soft, counter: 7), userAgent: nil)
  }

  @Test("a disabled account gets no device")
  func disabled() async throws {
    let (user, soft) = try await owner()
    world.accounts.disable(user)
    await #expect(throws: IdentityError.accountDisabled) { try await signIn(try answer(soft), userAgent: nil) }
    #expect(world.devices.open.isEmpty)
  }

  @Test("twenty passkeys are the most, and none more is offered")
  func most() async throws {
    let user = try await world.registered().account.id
    for seed in 1...20 {
      let challenge = try await offer(to: user, isAutomatic: false).challenge
      _ = try await add(
        registration(SoftAuthenticator(user: user, seed: UInt8(seed)), challenge), name: .usual, user: user)
    }
    await #expect(throws: PasskeyError.tooMany) { try await offer(to: user, isAutomatic: false) }
  }

  @Test("an authenticator is told which passkeys there are")
  func existing() async throws {
    let (user, soft) = try await owner()
    let offered = try await offer(to: user, isAutomatic: false)
    #expect(offered.existing.map(\.credentialID) == [soft.credentialID] && offered.account.id == user)
    await #expect(throws: IdentityError.accountGone) { try await offer(to: UserID(UUID()), isAutomatic: false) }
  }
}
