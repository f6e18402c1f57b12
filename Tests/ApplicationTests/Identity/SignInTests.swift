import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Signing in with a password")
struct SignInTests {
  let desk = Desk()

  private func signIn(_ email: String, _ password: String) async throws -> Tokens {
    try await desk.signIn(email: try desk.address(email), password: password, userAgent: nil)
  }

  @Test("opens a device of its own each time, in any capitals of the address")
  func signsIn() async throws {
    let first = try await desk.registered()
    let second = try await signIn("ASHA@example.com", "correct horse")
    #expect(second.account.id == first.account.id)
    #expect(try desk.claims(first).deviceID != desk.claims(second).deviceID)
    #expect(desk.devices.open.count == 2)
  }

  @Test("an unknown address costs one hash and says what a wrong password says")
  func unknown() async throws {
    _ = try await desk.registered()
    let before = desk.passwords.hashings
    await #expect(throws: IdentityError.invalidCredentials) { try await signIn("asha@example.com", "wrong horse") }
    let wrong = desk.passwords.hashings - before
    await #expect(throws: IdentityError.invalidCredentials) { try await signIn("nobody@example.com", "wrong horse") }
    #expect(wrong == 1 && desk.passwords.hashings - before - wrong == wrong)
  }

  @Test("an account without a password has none that fits")
  func withoutPassword() async throws {
    _ = try await desk.accounts.create(
      NewAccount(
        email: try desk.address(), name: nil, passwordHash: nil, googleSubject: "google-1", emailVerified: true))
    for password in ["", "correct horse"] {
      await #expect(throws: IdentityError.invalidCredentials) { try await signIn("asha@example.com", password) }
    }
    #expect(desk.passwords.hashings == 2)
  }

  @Test("a disabled account hears so with its right password alone")
  func disabled() async throws {
    desk.accounts.disable(try await desk.registered().account.id)
    await #expect(throws: IdentityError.accountDisabled) { try await signIn("asha@example.com", "correct horse") }
    await #expect(throws: IdentityError.invalidCredentials) { try await signIn("asha@example.com", "wrong horse") }
    #expect(desk.devices.open.count == 1)
  }

  @Test("where too many wait, nothing is said of the password")
  func busy() async throws {
    _ = try await desk.registered()
    desk.passwords.beBusy()
    await #expect(throws: IdentityError.unavailable) { try await signIn("asha@example.com", "wrong horse") }
  }

  private func imported(_ hash: String, hasAddressProblem: Bool = false) async throws -> UserID {
    desk.accounts.importRow(try desk.address(), hash: hash, hasAddressProblem: hasAddressProblem)
  }

  private func storedHash() async throws -> String? {
    try await desk.accounts.account(email: try desk.address())?.passwordHash
  }

  @Test(
    "a hash of an older kind is renewed by the first sign-in, however short its password", arguments: ["horse", ""])
  func renews(password: String) async throws {
    let user = try await imported("old hash of \(password)")
    await #expect(throws: IdentityError.invalidCredentials) { try await signIn("asha@example.com", "wrong") }
    #expect(try await storedHash() == "old hash of \(password)")
    #expect(try await signIn("asha@example.com", password).account.id == user)
    #expect(try await storedHash() == "hash of \(password)")
    #expect(try await signIn("asha@example.com", password).account.id == user)
  }

  @Test("a hash of today stays, and one of a password too long to be compared whole, too")
  func keeps() async throws {
    let long = String(repeating: "x", count: 1_025)
    _ = try await imported("old hash of \(long)")
    _ = try await signIn("asha@example.com", long)
    #expect(try await storedHash() == "old hash of \(long)")
  }

  @Test("a row whose address is another's signs nobody in")
  func duplicate() async throws {
    _ = try await imported("old hash of horse", hasAddressProblem: true)
    await #expect(throws: IdentityError.invalidCredentials) { try await signIn("asha@example.com", "horse") }
    #expect(try await desk.registered().account.email.text == "asha@example.com")
  }
}
