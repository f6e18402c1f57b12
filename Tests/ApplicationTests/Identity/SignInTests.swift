import Application
import Domain
import Fakes
import FoundationEssentials
import Synchronization
import Testing

@Suite("Signing in with a password")
struct SignInTests {
  let world = IdentityWorld()

  private func signIn(_ email: String, _ password: String) async throws -> Tokens {
    try await world.signIn(email: try world.address(email), password: password, userAgent: nil)
  }

  @Test("each sign-in makes a device of its own, with any capitalization of the address")
  func signsIn() async throws {
    let first = try await world.registered()
    let second = try await signIn("ASHA@example.com", "correct horse")
    #expect(second.account.id == first.account.id)
    #expect(try world.claims(first).deviceID != world.claims(second).deviceID)
    #expect(world.devices.open.count == 2)
  }

  @Test("an unknown address costs one hash and gets the answer of a wrong password")
  func unknown() async throws {
    _ = try await world.registered()
    let before = world.passwords.hashings
    await #expect(throws: IdentityError.invalidCredentials) { try await signIn("asha@example.com", "wrong horse") }
    let wrong = world.passwords.hashings - before
    await #expect(throws: IdentityError.invalidCredentials) { try await signIn("nobody@example.com", "wrong horse") }
    #expect(wrong == 1 && world.passwords.hashings - before - wrong == wrong)
  }

  @Test("an account without a password accepts none")
  func withoutPassword() async throws {
    _ = try await world.accounts.create(
      NewAccount(
        email: try world.address(), name: nil, passwordHash: nil, googleSubject: "google-1", emailVerified: true))
    for password in ["", "correct horse"] {
      await #expect(throws: IdentityError.invalidCredentials) { try await signIn("asha@example.com", password) }
    }
    #expect(world.passwords.hashings == 2)
  }

  @Test("a disabled account is reported as such only for its right password")
  func disabled() async throws {
    world.accounts.disable(try await world.registered().account.id)
    await #expect(throws: IdentityError.accountDisabled) { try await signIn("asha@example.com", "correct horse") }
    await #expect(throws: IdentityError.invalidCredentials) { try await signIn("asha@example.com", "wrong horse") }
    #expect(world.devices.open.isEmpty)
  }

  @Test("while too many password checks are waiting, the answer says nothing about the password")
  func busy() async throws {
    _ = try await world.registered()
    world.passwords.beBusy()
    await #expect(throws: IdentityError.unavailable) { try await signIn("asha@example.com", "wrong horse") }
  }

  @Test("a password that is removed while it is checked signs nobody in")
  func removedMeanwhile() async throws {
    let address = try world.address("asha@gmail.com")
    _ = try await world.registered(address.text)
    let owner = GoogleIdentity(subject: "google-1", email: address, name: nil)
    let passwords = InterruptedPasswords(base: world.passwords) { [world] in _ = try await world.links.join(owner) }
    let signIn = world.signIn(passwords)
    await #expect(throws: IdentityError.invalidCredentials) {
      try await signIn(email: address, password: "correct horse", userAgent: nil)
    }
    #expect(world.devices.open.isEmpty && world.devices.ended.count == 2)
  }

  @Test("a hash that another sign-in renews while it is checked signs in")
  func renewedMeanwhile() async throws {
    let user = try await imported("old hash of correct horse")
    let passwords = InterruptedPasswords(base: world.passwords) { [world] in
      try await world.accounts.storePasswordHash("hash of correct horse", of: user)
    }
    let signIn = world.signIn(passwords)
    _ = try await signIn(email: try world.address(), password: "correct horse", userAgent: nil)
    #expect(world.devices.open.count == 1)
  }

  @Test("a second factor that is added while the password is checked is not passed by")
  func factorMeanwhile() async throws {
    let owner = try world.claims(try await world.registered())
    let passwords = InterruptedPasswords(base: world.passwords) { [world] in
      let secret = Array(UInt8(0)..<20)
      guard try await world.accounts.begin(secret, of: owner.userID) else { return }
      _ = try await world.accounts.confirm(
        secret, step: 1, recoveryHashes: [], of: owner.userID, keeping: owner.deviceID)
    }
    let signIn = world.signIn(passwords)
    await #expect(throws: IdentityError.invalidCredentials) {
      try await signIn(email: try world.address(), password: "correct horse", userAgent: nil)
    }
    #expect(world.devices.open == [owner.deviceID])
  }

  private func imported(_ hash: String, hasAddressProblem: Bool = false) async throws -> UserID {
    world.accounts.importRow(try world.address(), hash: hash, hasAddressProblem: hasAddressProblem)
  }

  private func storedHash() async throws -> String? {
    try await world.accounts.account(email: try world.address())?.passwordHash
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

  @Test("a password may be typed composed or decomposed")
  func composed() async throws {
    let (composed, decomposed) = ("p\u{e4}ssw\u{f6}rter", "pa\u{308}sswo\u{308}rter")
    _ = try await imported("hash of \(composed)")
    for typed in [composed, decomposed] { _ = try await signIn("asha@example.com", typed) }
    // Other letters that look alike are other letters.
    await #expect(throws: IdentityError.invalidCredentials) { try await signIn("asha@example.com", "passworter") }
  }

  @Test("a hash of a decomposed text matches that text, and is renewed in composed form", arguments: ["", "old "])
  func renewsDecomposed(kind: String) async throws {
    let (composed, decomposed) = ("p\u{e4}ssw\u{f6}rter", "pa\u{308}sswo\u{308}rter")
    _ = try await imported("\(kind)hash of \(decomposed)")
    _ = try await signIn("asha@example.com", decomposed)
    #expect(try #require(try await storedHash()).utf8.elementsEqual("hash of \(composed)".utf8))
    for typed in [composed, decomposed] { _ = try await signIn("asha@example.com", typed) }
  }

  @Test("an unknown address costs as many hashes as a wrong password that is not composed")
  func unknownDecomposed() async throws {
    _ = try await world.registered()
    await #expect(throws: IdentityError.invalidCredentials) { try await signIn("asha@example.com", "e\u{301}") }
    let wrong = world.passwords.hashings
    await #expect(throws: IdentityError.invalidCredentials) { try await signIn("nobody@example.com", "e\u{301}") }
    #expect(world.passwords.hashings - wrong == wrong - 1)
  }

  @Test("where addresses have to be proven, an imported hash of an unproven one costs what an unknown address costs")
  func importedUnproven() async throws {
    _ = try await imported("old hash of correct horse")
    let passwords = NotedPasswords(base: world.passwords)
    let signIn = SignIn(
      accounts: world.accounts, passwords: passwords, limit: world.limit, issue: world.issue, requiresProof: true)
    for address in ["asha@example.com", "nobody@example.com"] {
      for password in ["wrong horse", "correct horse"] {
        await #expect(throws: IdentityError.invalidCredentials) {
          try await signIn(email: try world.address(address), password: password, userAgent: nil)
        }
      }
    }
    #expect(passwords.compared == [nil, nil, nil, nil])
  }

  @Test("a row whose address belongs to another account cannot be signed in to")
  func duplicate() async throws {
    _ = try await imported("old hash of horse", hasAddressProblem: true)
    await #expect(throws: IdentityError.invalidCredentials) { try await signIn("asha@example.com", "horse") }
    #expect(try await world.registered().account.email.text == "asha@example.com")
  }
}

/// Notes the hashes that passwords are compared with: each kind takes another time.
private final class NotedPasswords: PasswordHasher {
  private let base: FakePasswords
  private let noted = Mutex<[String?]>([])

  init(base: FakePasswords) { self.base = base }

  var compared: [String?] { noted.withLock { $0 } }

  func hash(_ password: Password, for client: ClientNetwork?) async throws -> String {
    try await base.hash(password, for: client)
  }
  func hasRoom(for client: ClientNetwork?) -> Bool { base.hasRoom(for: client) }
  func isOutdated(_ hash: String) -> Bool { base.isOutdated(hash) }

  func verify(_ password: String, against hash: String?, for client: ClientNetwork?) async throws -> Bool {
    noted.withLock { $0.append(hash) }
    return try await base.verify(password, against: hash, for: client)
  }
}

/// Something happens after each comparison of a password.
private struct InterruptedPasswords: PasswordHasher {
  let base: FakePasswords
  let meanwhile: @Sendable () async throws -> Void

  func hash(_ password: Password, for client: ClientNetwork?) async throws -> String {
    try await base.hash(password, for: client)
  }
  func hasRoom(for client: ClientNetwork?) -> Bool { base.hasRoom(for: client) }
  func isOutdated(_ hash: String) -> Bool { base.isOutdated(hash) }

  func verify(_ password: String, against hash: String?, for client: ClientNetwork?) async throws -> Bool {
    let matches = try await base.verify(password, against: hash, for: client)
    try await meanwhile()
    return matches
  }
}
