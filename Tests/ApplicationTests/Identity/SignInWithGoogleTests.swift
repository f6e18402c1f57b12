import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Signing in with Google")
struct SignInWithGoogleTests {
  let world = IdentityWorld()

  private func person(
    _ subject: String = "google-1", _ email: String = "asha@example.com", hosted: String? = nil
  ) throws -> GoogleIdentity {
    GoogleIdentity(subject: subject, email: try world.address(email), name: "Asha", hostedDomain: hosted)
  }

  /// Signs in with a new credential of this person.
  private func signIn(_ person: GoogleIdentity, _ credential: String = "\(UUID())") async throws -> Tokens {
    world.google.issue(credential, to: person)
    return try await signIn(credential)
  }

  private func signIn(_ credential: String, nonce: String? = nil, fromPage: Bool = false) async throws -> Tokens {
    try await world.signInWithGoogle(credential: credential, nonce: nonce, fromPage: fromPage, userAgent: nil)
  }

  @Test("the first sign-in makes an account whose address is verified")
  func first() async throws {
    let tokens = try await signIn(try person())
    #expect(tokens.account.emailVerified && tokens.account.googleLinked && !tokens.account.hasPassword)
    #expect(world.accounts.told == ["user.registered"])
    #expect(world.tokens.read(tokens.accessToken)?.methods == ["google"])
  }

  @Test("a known subject finds its account, even if the address has changed")
  func known() async throws {
    let first = try await signIn(try person())
    let second = try await signIn(try person("google-1", "asha.new@example.com"))
    #expect(second.account.id == first.account.id && second.account.email.text == "asha@example.com")
    #expect(world.accounts.told == ["user.registered"])
  }

  // MARK: the address of another account

  @Test(
    "an address whose mailbox Google does not host takes over no account",
    arguments: [
      ("asha@example.com", nil), ("Asha@Example.com", "example.org"), ("asha@example.com", "com"),
      ("asha@example.com", ""), ("asha@mail.example.com", "example.com"), ("asha@gmail.com.example.com", nil),
    ] as [(String, String?)])
  func foreignMailbox(email: String, hosted: String?) async throws {
    let owner = try await world.registered(email)
    await #expect(throws: IdentityError.linkRequired) {
      try await signIn(try person("google-1", email, hosted: hosted))
    }
    let account = try #require(try await world.accounts.account(owner.account.id))
    #expect(!account.googleLinked && account.hasPassword && world.devices.open.count == 1)
  }

  private static let hosted: [(String, String?)] = [
    ("asha@gmail.com", nil), ("Asha@GoogleMail.com", nil), ("asha@example.com", "example.com"),
    ("asha@Example.com", "EXAMPLE.com"),
  ]

  @Test("an account whose address nobody has verified goes to the owner of the mailbox", arguments: hosted)
  func takenOver(email: String, hosted: String?) async throws {
    let squatter = try await world.registered(email)
    let tokens = try await signIn(try person("google-1", email, hosted: hosted))
    #expect(tokens.account.id == squatter.account.id)
    #expect(tokens.account.emailVerified && tokens.account.googleLinked && !tokens.account.hasPassword)
    #expect(world.devices.ended == [try world.claims(squatter).deviceID])
    #expect(world.devices.open == [try world.claims(tokens).deviceID])
    await #expect(throws: IdentityError.invalidCredentials) {
      try await world.signIn(email: try world.address(email), password: "correct horse", userAgent: nil)
    }
    #expect(world.accounts.told.suffix(1) == ["email.verified"])
  }

  @Test("a Google account that a squatter linked is replaced with the account")
  func takenOverFromAnotherSubject() async throws {
    let squatter = try await world.registered("asha@gmail.com")
    #expect(try await world.links.link(googleSubject: "squatter", to: squatter.account.id) == .linked)
    #expect(try await signIn(try person("google-1", "asha@gmail.com")).account.id == squatter.account.id)
    #expect(try await world.accounts.account(googleSubject: "squatter") == nil)
  }

  @Test("an account whose address is verified is linked, keeps its password, and is told", arguments: hosted)
  func linked(email: String, hosted: String?) async throws {
    let owner = try await world.registered(email)
    try await verify(owner)
    let tokens = try await signIn(try person("google-1", email, hosted: hosted))
    #expect(tokens.account.id == owner.account.id && tokens.account.googleLinked && tokens.account.hasPassword)
    #expect(world.devices.open.count == 2 && world.accounts.told.suffix(1) == ["user.google_linked"])
    // The next sign-in finds the account by its subject, and tells nobody.
    #expect(try await signIn(try person("google-1", email, hosted: hosted)).account.id == owner.account.id)
    #expect(world.accounts.told.count { $0 == "user.google_linked" } == 1)
  }

  private func verify(_ tokens: Tokens) async throws {
    let id = try #require(world.accounts.requested().last)
    try await world.accounts.verifyEmail(by: try #require(try await world.accounts.link(id)))
  }

  @Test("an account that is linked to another Google account is not joined")
  func otherSubject() async throws {
    _ = try await signIn(try person("google-1", "asha@gmail.com"))
    await #expect(throws: IdentityError.linkRequired) { try await signIn(try person("google-2", "asha@gmail.com")) }
  }

  @Test("a disabled account is neither signed in nor taken over")
  func disabled() async throws {
    world.accounts.disable(try await signIn(try person()).account.id)
    await #expect(throws: IdentityError.accountDisabled) { try await signIn(try person()) }
    let squatter = try await world.registered("asha@gmail.com")
    world.accounts.disable(squatter.account.id)
    await #expect(throws: IdentityError.accountDisabled) { try await signIn(try person("google-2", "asha@gmail.com")) }
    #expect(try await world.accounts.account(squatter.account.id)?.hasPassword == true)
  }

  @Test("a legacy account without a password goes to the owner of its mailbox, once")
  func legacy() async throws {
    let user = world.accounts.importRow(try world.address("asha@gmail.com"), hash: nil, hasAddressProblem: false)
    let tokens = try await signIn(try person("google-1", "Asha@gmail.com"))
    #expect(tokens.account.id == user && tokens.account.googleLinked && tokens.account.emailVerified)
    await #expect(throws: IdentityError.linkRequired) { try await signIn(try person("google-2", "asha@gmail.com")) }
    #expect(world.accounts.told == ["email.verified"])
  }

  @Test("a legacy account of an address that Google does not host is not joined")
  func legacyElsewhere() async throws {
    _ = world.accounts.importRow(try world.address(), hash: nil, hasAddressProblem: false)
    await #expect(throws: IdentityError.linkRequired) { try await signIn(try person()) }
  }

  @Test("a row whose address belongs to another account is not joined")
  func addressProblem() async throws {
    let row = world.accounts.importRow(try world.address("asha@gmail.com"), hash: nil, hasAddressProblem: true)
    #expect(try await signIn(try person("google-1", "asha@gmail.com")).account.id != row)
  }

  // MARK: credentials and nonces

  @Test("a credential is accepted once, and remembered until it expires")
  func once() async throws {
    _ = try await signIn(try person(), "credential")
    await #expect(throws: IdentityError.invalidCredentials) { try await signIn("credential") }
    #expect(world.devices.open.count == 1)
    #expect(Array(world.used.all.values) == [FakeGoogle.expiry])
  }

  @Test("of many simultaneous uses of a credential one succeeds")
  func race() async throws {
    world.google.issue("credential", to: try person())
    let successes = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<20 { group.addTask { (try? await signIn("credential")) != nil } }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(successes == 1 && world.devices.open.count == 1)
  }

  @Test("a nonce is valid once, and one that we did not issue is invalid")
  func nonceOnce() async throws {
    let nonce = try await world.redeem.newNonce()
    for (credential, nonce) in [("one", nonce), ("two", nonce), ("foreign", "made up")] {
      world.google.issue(credential, to: try person(), nonce: nonce)
    }
    _ = try await signIn("one", nonce: nonce)
    await #expect(throws: IdentityError.invalidCredentials) { try await signIn("two", nonce: nonce) }
    for told in [nil, "made up"] {
      await #expect(throws: IdentityError.invalidCredentials) { try await signIn("foreign", nonce: told) }
    }
    #expect(world.devices.open.count == 1)
  }

  @Test("the nonce of a credential counts, whether the client repeats it or not")
  func nonceOfCredential() async throws {
    let (nonce, other) = (try await world.redeem.newNonce(), "other")
    try await world.nonces.keep(other)
    world.google.issue("credential", to: try person(), nonce: nonce)
    await #expect(throws: IdentityError.invalidCredentials) { try await signIn("credential", nonce: other) }
    _ = try await signIn("credential")
    #expect(try await !world.nonces.isKept(nonce))
    world.google.issue("without", to: try person())
    await #expect(throws: IdentityError.invalidCredentials) { try await signIn("without", nonce: other) }
  }

  @Test("a page's credential needs a nonce, another client's does not")
  func page() async throws {
    world.google.issue("without", to: try person())
    await #expect(throws: IdentityError.invalidCredentials) { try await signIn("without", fromPage: true) }
    let nonce = try await world.redeem.newNonce()
    world.google.issue("with", to: try person(), nonce: nonce)
    _ = try await signIn("with", nonce: nonce, fromPage: true)
    _ = try await signIn("without")
  }

  @Test("what fails uses up neither the credential nor its nonce")
  func failure() async throws {
    let nonce = try await world.redeem.newNonce()
    await #expect(throws: IdentityError.invalidCredentials) { try await signIn("forged", nonce: nonce) }
    world.google.issue("credential", to: try person(), nonce: nonce)
    let owner = try await world.registered()
    await #expect(throws: IdentityError.linkRequired) { try await signIn("credential", nonce: nonce) }
    // The same credential then links the account.
    try await world.linkGoogle(credential: "credential", nonce: nonce, fromPage: true, user: owner.account.id)
    #expect(try await world.accounts.account(googleSubject: "google-1")?.id == owner.account.id)
    await #expect(throws: IdentityError.invalidCredentials) { try await signIn("credential", nonce: nonce) }
  }
}
