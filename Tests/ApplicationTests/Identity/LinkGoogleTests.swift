import Application
import Domain
import Fakes
import Testing

@Suite("Linking Google to an account")
struct LinkGoogleTests {
  let world = IdentityWorld()

  private func link(_ credential: String, _ subject: String, to user: UserID) async throws {
    world.google.issue(
      credential, to: GoogleIdentity(subject: subject, email: try world.address("asha@gmail.com"), name: nil))
    try await world.linkGoogle(credential: credential, nonce: nil, fromPage: false, user: user)
  }

  @Test("a linked Google account signs in, and is linked again without effect")
  func links() async throws {
    let user = try await world.registered().account.id
    for credential in ["one", "two"] { try await link(credential, "google-1", to: user) }
    #expect(try await world.accounts.account(googleSubject: "google-1")?.id == user)
    await #expect(throws: IdentityError.invalidCredentials) { try await link("one", "google-1", to: user) }
  }

  @Test("a Google account belongs to one account, and an account to one Google account")
  func taken() async throws {
    let user = try await world.registered().account.id
    let other = try await world.registered("ravi@example.com").account.id
    try await link("one", "google-1", to: user)
    await #expect(throws: IdentityError.googleAccountTaken) { try await link("two", "google-1", to: other) }
    await #expect(throws: IdentityError.alreadyLinked) { try await link("three", "google-2", to: user) }
    // A refused credential can still be used.
    try await link("three", "google-2", to: other)
  }

  @Test("a credential links nothing after it has signed in")
  func replayed() async throws {
    let user = try await world.registered().account.id
    world.google.issue(
      "credential", to: GoogleIdentity(subject: "google-1", email: try world.address("ravi@gmail.com"), name: nil))
    _ = try await world.signInWithGoogle(credential: "credential", nonce: nil, fromPage: false, userAgent: nil)
    await #expect(throws: IdentityError.invalidCredentials) {
      try await world.linkGoogle(credential: "credential", nonce: nil, fromPage: false, user: user)
    }
  }

  @Test("Google is unlinked where a password remains")
  func unlinks() async throws {
    let user = try await world.registered().account.id
    try await link("one", "google-1", to: user)
    for _ in 0..<2 { try await world.unlinkGoogle(user) }
    #expect(try await world.accounts.account(googleSubject: "google-1") == nil)
    world.google.issue(
      "two", to: GoogleIdentity(subject: "google-2", email: try world.address("ravi@gmail.com"), name: nil))
    let other = try await world.signInWithGoogle(credential: "two", nonce: nil, fromPage: false, userAgent: nil)
    await #expect(throws: IdentityError.passwordRequired) { try await world.unlinkGoogle(other.account.id) }
    #expect(try await world.accounts.account(googleSubject: "google-2") != nil)
  }
}
