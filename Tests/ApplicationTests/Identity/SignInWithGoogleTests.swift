import Application
import Domain
import Fakes
import FoundationEssentials
import Synchronization
import Testing

/// Nonces that can be used once.
private final class Nonces: NonceStore {
  private let kept = Mutex<Set<String>>([])
  func keep(_ nonce: String) async throws(IdentityError) { kept.withLock { _ = $0.insert(nonce) } }
  func consume(_ nonce: String) async throws(IdentityError) -> Bool { kept.withLock { $0.remove(nonce) != nil } }
}

@Suite("Signing in with Google")
struct SignInWithGoogleTests {
  let world = IdentityWorld()
  private let nonces = Nonces()

  private var signIn: SignInWithGoogle {
    SignInWithGoogle(google: world.google, nonces: nonces, accounts: world.accounts, issue: world.issue)
  }

  private func person(_ subject: String = "google-1", _ email: String = "asha@example.com") throws -> GoogleIdentity {
    GoogleIdentity(subject: subject, email: try world.address(email), name: "Asha")
  }

  @Test("the first sign-in makes an account whose address is verified")
  func first() async throws {
    world.google.issue("credential", to: try person())
    let tokens = try await signIn(credential: "credential", nonce: nil, userAgent: nil)
    #expect(tokens.account.emailVerified && tokens.account.googleLinked && !tokens.account.hasPassword)
    #expect(world.accounts.told == ["user.registered"])
    #expect(world.tokens.read(tokens.accessToken)?.methods == ["google"])
  }

  @Test("a known subject finds its account, even if the address has changed")
  func known() async throws {
    world.google.issue("one", to: try person())
    world.google.issue("two", to: try person("google-1", "asha.new@example.com"))
    let first = try await signIn(credential: "one", nonce: nil, userAgent: nil)
    let second = try await signIn(credential: "two", nonce: nil, userAgent: nil)
    #expect(second.account.id == first.account.id && second.account.email.text == "asha@example.com")
    #expect(world.accounts.told == ["user.registered"])
  }

  @Test("the address of another account is not taken over", arguments: ["asha@example.com", "Asha@Example.com"])
  func taken(email: String) async throws {
    let owner = try await world.registered()
    world.google.issue("credential", to: try person("google-1", email))
    await #expect(throws: IdentityError.linkRequired) {
      try await signIn(credential: "credential", nonce: nil, userAgent: nil)
    }
    let account = try #require(try await world.accounts.account(owner.account.id))
    #expect(!account.googleLinked && world.devices.open.count == 1)
  }

  @Test("two users of one address are distinguished by their subjects")
  func otherSubject() async throws {
    world.google.issue("one", to: try person("google-1"))
    world.google.issue("two", to: try person("google-2"))
    _ = try await signIn(credential: "one", nonce: nil, userAgent: nil)
    await #expect(throws: IdentityError.linkRequired) {
      try await signIn(credential: "two", nonce: nil, userAgent: nil)
    }
  }

  @Test("a nonce is valid once, and one that we did not issue is invalid")
  func nonceOnce() async throws {
    let nonce = try await signIn.newNonce()
    world.google.issue("credential", to: try person(), nonce: nonce)
    world.google.issue("foreign", to: try person(), nonce: "made up")
    _ = try await signIn(credential: "credential", nonce: nonce, userAgent: nil)
    await #expect(throws: IdentityError.invalidCredentials) {
      try await signIn(credential: "credential", nonce: nonce, userAgent: nil)
    }
    await #expect(throws: IdentityError.invalidCredentials) {
      try await signIn(credential: "foreign", nonce: "made up", userAgent: nil)
    }
    #expect(world.devices.open.count == 1)
    #expect(try await signIn.newNonce() != nonce)
  }

  @Test("an invalid credential does not use up its nonce")
  func wrongCredential() async throws {
    let nonce = try await signIn.newNonce()
    await #expect(throws: IdentityError.invalidCredentials) {
      try await signIn(credential: "forged", nonce: nonce, userAgent: nil)
    }
    world.google.issue("credential", to: try person(), nonce: nonce)
    #expect(try await signIn(credential: "credential", nonce: nonce, userAgent: nil).account.name == "Asha")
  }

  @Test("a disabled account is not signed in")
  func disabled() async throws {
    world.google.issue("credential", to: try person())
    world.accounts.disable(try await signIn(credential: "credential", nonce: nil, userAgent: nil).account.id)
    await #expect(throws: IdentityError.accountDisabled) {
      try await signIn(credential: "credential", nonce: nil, userAgent: nil)
    }
  }

  @Test("a legacy account without a password is linked to the first verified Google address, once")
  func adopted() async throws {
    let user = world.accounts.importRow(try world.address(), hash: nil, hasAddressProblem: false)
    world.google.issue("first", to: try person("google-1", "Asha@Example.com"))
    world.google.issue("second", to: try person("google-2"))
    let tokens = try await signIn(credential: "first", nonce: nil, userAgent: nil)
    #expect(tokens.account.id == user && tokens.account.googleLinked && tokens.account.emailVerified)
    await #expect(throws: IdentityError.linkRequired) {
      try await signIn(credential: "second", nonce: nil, userAgent: nil)
    }
    #expect(try await signIn(credential: "first", nonce: nil, userAgent: nil).account.id == user)
    #expect(world.accounts.told == ["email.verified"])
  }

  @Test("a user with a password links Google after signing in")
  func withPassword() async throws {
    _ = world.accounts.importRow(try world.address(), hash: "old hash of horse", hasAddressProblem: false)
    world.google.issue("credential", to: try person())
    await #expect(throws: IdentityError.linkRequired) {
      try await signIn(credential: "credential", nonce: nil, userAgent: nil)
    }
  }

  @Test("a row whose address belongs to another account is not linked")
  func notAdopted() async throws {
    let row = world.accounts.importRow(try world.address(), hash: nil, hasAddressProblem: true)
    world.google.issue("credential", to: try person())
    #expect(try await signIn(credential: "credential", nonce: nil, userAgent: nil).account.id != row)
  }
}
