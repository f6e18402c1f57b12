import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Mailed links of an account that an operator has disabled")
struct DisabledAccountLinkTests {
  let world = IdentityWorld()
  private let reason = Reason("abuse")

  private func disable(_ user: UserID) async throws {
    _ = try await world.accounts.disable(user, reason: try #require(reason), actor: "cli:test")
  }

  private func enable(_ user: UserID) async throws {
    _ = try await world.accounts.enable(user, reason: try #require(reason), actor: "cli:test")
  }

  private func accepts(_ password: String) async throws -> Bool {
    do {
      _ = try await world.signIn(email: try world.address(), password: password, userAgent: nil)
    } catch IdentityError.invalidCredentials {
      return false
    }
    return true
  }

  @Test("a verification proves nothing, and is not used up")
  func verification() async throws {
    let user = try await world.registered().account.id
    let (link, code) = (try await world.link(), try await world.code(.verifyEmail))
    try await disable(user)
    await #expect(throws: IdentityError.accountDisabled) { try await world.verifyEmail(link.text) }
    await #expect(throws: IdentityError.accountDisabled) { try await world.verifyEmail(code: code.text, of: user) }
    #expect(try await world.accounts.account(user)?.emailVerified == false)
    try await enable(user)
    try await world.verifyEmail(link.text)
    #expect(try await world.accounts.account(user)?.emailVerified == true)
  }

  @Test("neither the link nor the code of a reset gives a password, and only the right ones learn why")
  func reset() async throws {
    let user = try await world.registered().account.id
    let address = try world.address()
    try await world.accounts.requestPasswordReset(of: address)
    let (link, code) = (try await world.link(.resetPassword), try await world.code(.resetPassword))
    try await disable(user)
    await #expect(throws: IdentityError.accountDisabled) {
      try await world.resetPassword(link.text, to: "battery staple")
    }
    await #expect(throws: IdentityError.accountDisabled) {
      try await world.resetPassword(code: code.text, of: address, to: "battery staple")
    }
    let wrong = code.text == "00000000" ? "00000001" : "00000000"
    await #expect(throws: IdentityError.invalidLink) {
      try await world.resetPassword(code: wrong, of: address, to: "battery staple")
    }
    await #expect(throws: IdentityError.invalidLink) {
      try await world.resetPassword("\(link.text)x", to: "battery staple")
    }
    try await enable(user)
    #expect(try await accepts("correct horse"))
    try await world.resetPassword(link.text, to: "battery staple")
    #expect(try await accepts("battery staple"))
  }

  @Test("each try of a reset's right code counts, and after five only the link works when the account is enabled")
  func tries() async throws {
    let user = try await world.registered().account.id
    let address = try world.address()
    try await world.accounts.requestPasswordReset(of: address)
    let (link, code) = (try await world.link(.resetPassword), try await world.code(.resetPassword))
    try await disable(user)
    for _ in 0..<MailedCode.mostTries {
      await #expect(throws: IdentityError.accountDisabled) {
        try await world.resetPassword(code: code.text, of: address, to: "battery staple")
      }
    }
    try await enable(user)
    await #expect(throws: IdentityError.invalidLink) {
      try await world.resetPassword(code: code.text, of: address, to: "battery staple")
    }
    try await world.resetPassword(link.text, to: "battery staple")
    #expect(try await accepts("battery staple"))
  }

  @Test("an open change of the address is withdrawn, and none goes on when the account is enabled")
  func change() async throws {
    let user = try await world.registered().account.id
    try await world.accounts.requestEmailChange(of: user, to: try world.address("new@example.com"))
    let link = try await world.link(.changeEmail)
    try await disable(user)
    await #expect(throws: IdentityError.invalidLink) { try await world.verifyEmail(link.text) }
    try await enable(user)
    await #expect(throws: IdentityError.invalidLink) { try await world.verifyEmail(link.text) }
    #expect(try await world.accounts.account(user)?.email.text == "asha@example.com")
  }

  @Test("a change of the address is undone, and signs nobody in")
  func undo() async throws {
    let user = try await world.registered().account.id
    try await world.verifyEmail(try await world.link().text)
    try await world.accounts.requestEmailChange(of: user, to: try world.address("thief@example.com"))
    try await world.verifyEmail(try await world.link(.changeEmail).text)
    let undo = try await world.link(.undoEmailChange)
    try await disable(user)
    try await world.undoEmailChange(undo.text)
    let now = try #require(try await world.accounts.account(user))
    #expect(now.email.text == "asha@example.com" && !now.hasPassword && now.isDisabled)
    #expect(world.devices.open.isEmpty)
  }
}
