import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Resetting and changing a password")
struct ChangePasswordTests {
  let world = IdentityWorld()

  private func storedHash() async throws -> String? {
    try await world.accounts.account(email: try world.address())?.passwordHash
  }

  private func signIn(_ password: String) async throws -> Tokens {
    try await world.signIn(email: try world.address(), password: password, userAgent: nil)
  }

  private func forgot(_ address: String = "asha@example.com") async throws {
    try await world.accounts.requestPasswordReset(of: try world.address(address))
  }

  @Test("a reset replaces the password, proves the address and ends all devices, once")
  func reset() async throws {
    let user = try await world.registered().account.id
    try await forgot()
    let link = try await world.link(.resetPassword)
    try await world.resetPassword(link.text, to: "battery staple")
    #expect(try await storedHash() == "hash of battery staple")
    #expect(world.devices.open.isEmpty)
    #expect(try await world.accounts.account(user)?.emailVerified == true)
    await #expect(throws: IdentityError.invalidLink) { try await world.resetPassword(link.text, to: "another horse") }
    _ = try await signIn("battery staple")
    await #expect(throws: IdentityError.invalidCredentials) { try await signIn("correct horse") }
  }

  @Test("a refused password does not use the link up")
  func refusedPassword() async throws {
    _ = try await world.registered()
    try await forgot()
    let link = try await world.link(.resetPassword)
    await #expect(throws: PasswordProblem.tooShort(minimum: 8)) {
      try await world.resetPassword(link.text, to: "short")
    }
    await #expect(throws: PasswordProblem.isAddress) {
      try await world.resetPassword(link.text, to: "asha@example.com")
    }
    try await world.resetPassword(link.text, to: "battery staple")
  }

  @Test("a reset link is valid for half an hour, for its own account and no other purpose")
  func resetLink() async throws {
    _ = try await world.registered()
    _ = try await world.registered("ravi@example.com")
    try await forgot()
    let link = try await world.link(.resetPassword)
    await #expect(throws: IdentityError.invalidLink) { try await world.verifyEmail(link.text) }
    await #expect(throws: IdentityError.invalidLink) { try await world.undoEmailChange(link.text) }
    let verification = try await world.link()
    await #expect(throws: IdentityError.invalidLink) {
      try await world.resetPassword(verification.text, to: "battery staple")
    }
    try await forgot("ravi@example.com")
    let other = try await world.link(.resetPassword)
    await #expect(throws: IdentityError.invalidLink) {
      try await world.resetPassword("\(other.id).\(link.secret)", to: "battery staple")
    }
    world.clock.advance(.seconds(1_800))
    await #expect(throws: IdentityError.invalidLink) { try await world.resetPassword(link.text, to: "battery staple") }
    #expect(try await storedHash() == "hash of correct horse")
  }

  @Test("a change asks for the password and keeps the caller's device")
  func change() async throws {
    let first = try await world.registered()
    let own = try world.claims(try await signIn("correct horse"))
    let user = first.account.id
    await #expect(throws: IdentityError.invalidCredentials) {
      try await world.changePassword(of: user, from: "wrong horse", to: "battery staple", keeping: own.deviceID)
    }
    await #expect(throws: PasswordProblem.common) {
      try await world.changePassword(of: user, from: "correct horse", to: "password1", keeping: own.deviceID)
    }
    #expect(world.devices.open.count == 2)
    try await world.changePassword(of: user, from: "correct horse", to: "battery staple", keeping: own.deviceID)
    #expect(world.devices.open == [own.deviceID])
    #expect(try await storedHash() == "hash of battery staple")
    #expect(world.accounts.told.last == "password.changed")
  }

  @Test("a signed-in user's password waits for the turn of the request's network")
  func turns() async throws {
    let user = try await world.registered().account.id
    let own = try world.claims(try await signIn("correct horse"))
    let network = try #require(ClientNetwork(address: "203.0.113.7"))
    let before = world.passwords.clients.count
    try await RequestOrigin.$current.withValue(RequestOrigin(requestID: "r", network: network)) { () async throws in
      try await world.changePassword(of: user, from: "correct horse", to: "battery staple", keeping: own.deviceID)
    }
    let asked = Array(world.passwords.clients.dropFirst(before))
    #expect(asked == [network, network])
  }

  @Test("an account without a password gets one by a reset, and changes none")
  func withoutPassword() async throws {
    let account = try await world.accounts.create(
      NewAccount(
        email: try world.address(), name: nil, passwordHash: nil, googleSubject: "google-1", emailVerified: true))
    await #expect(throws: IdentityError.invalidCredentials) {
      try await world.changePassword(of: account.id, from: "", to: "battery staple", keeping: DeviceID(UUID()))
    }
    try await forgot()
    try await world.resetPassword(try await world.link(.resetPassword).text, to: "battery staple")
    #expect(try await signIn("battery staple").account.googleLinked)
  }

  @Test("while too many hashes are waiting, a reset fails and its link stays valid")
  func busy() async throws {
    _ = try await world.registered()
    try await forgot()
    let link = try await world.link(.resetPassword)
    world.passwords.beBusy()
    await #expect(throws: IdentityError.unavailable) { try await world.resetPassword(link.text, to: "battery staple") }
    #expect(try await world.accounts.link(link.id) != nil)
  }
}
