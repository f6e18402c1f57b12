import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Changing an address")
struct ChangeEmailTests {
  let world = IdentityWorld()
  private let device = DeviceID(UUID())

  private func request(_ user: UserID, _ address: String, password: String = "correct horse") async throws {
    try await world.requestEmailChange(
      of: user, on: device, to: try world.address(address), password: password)
  }

  private func address(_ user: UserID) async throws -> String? { try await world.accounts.account(user)?.email.text }

  private func verified() async throws -> UserID {
    let user = try await world.registered().account.id
    try await world.verifyEmail(try await world.link().text)
    return user
  }

  @Test("the account keeps its address until the new one's link is used, and gets it back by the old one's")
  func changes() async throws {
    let user = try await verified()
    await #expect(throws: IdentityError.invalidCredentials) {
      try await request(user, "new@example.com", password: "wrong horse")
    }
    try await request(user, "new@example.com")
    #expect(try await address(user) == "asha@example.com")
    let change = try await world.link(.changeEmail)
    try await world.verifyEmail(change.text)
    #expect(try await address(user) == "new@example.com")
    await #expect(throws: IdentityError.invalidLink) { try await world.verifyEmail(change.text) }
    let undo = try await world.link(.undoEmailChange)
    await #expect(throws: IdentityError.invalidLink) { try await world.verifyEmail(undo.text) }
    world.clock.advance(.seconds(7 * 86_400 - 1))
    try await world.undoEmailChange(undo.text)
    #expect(try await address(user) == "asha@example.com")
    #expect(world.devices.open.isEmpty)
    await #expect(throws: IdentityError.invalidLink) { try await world.undoEmailChange(undo.text) }
  }

  @Test("an address that another account has is refused to who reads its mail, and to no one else")
  func taken() async throws {
    let user = try await verified()
    _ = try await world.registered("ravi@example.com")
    try await request(user, "ravi@example.com")
    let link = try await world.link(.changeEmail)
    await #expect(throws: IdentityError.emailTaken) { try await world.verifyEmail(link.text) }
    #expect(try await address(user) == "asha@example.com")
  }

  @Test("an undoing is valid for seven days")
  func expires() async throws {
    let user = try await verified()
    try await request(user, "new@example.com")
    try await world.verifyEmail(try await world.link(.changeEmail).text)
    let undo = try await world.link(.undoEmailChange)
    world.clock.advance(.seconds(7 * 86_400))
    await #expect(throws: IdentityError.invalidLink) { try await world.undoEmailChange(undo.text) }
  }

  @Test("an address that nobody has proven gets no undoing")
  func unproven() async throws {
    let user = try await world.registered().account.id
    try await request(user, "new@example.com")
    try await world.verifyEmail(try await world.link(.changeEmail).text)
    #expect(try await world.accounts.account(user)?.emailVerified == true)
    #expect(world.accounts.requested(.undoEmailChange).isEmpty)
  }
}
