import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Typing the code of a mail")
struct MailedCodeTests {
  let world = IdentityWorld()

  private func wrong(_ code: MailedCode) -> String { MailedCode((UInt64(code.text) ?? 0) + 1).text }

  @Test("a code verifies the address of the account that types it, once")
  func verifies() async throws {
    let user = try await world.registered().account.id
    let code = try await world.code(.verifyEmail)
    try await world.verifyEmail(code: code.shown, of: user)
    #expect(try await world.accounts.account(user)?.emailVerified == true)
    await #expect(throws: IdentityError.invalidLink) { try await world.verifyEmail(code: code.text, of: user) }
  }

  @Test("a code of one account does nothing in another's session, and costs the first no try")
  func anothers() async throws {
    let user = try await world.registered().account.id
    let code = try await world.code(.verifyEmail)
    let other = try await world.registered("ravi@example.com").account.id
    for _ in 0..<10 {
      await #expect(throws: IdentityError.invalidLink) { try await world.verifyEmail(code: code.text, of: other) }
    }
    #expect(try await world.accounts.account(other)?.emailVerified == false)
    try await world.verifyEmail(code: code.text, of: user)
  }

  @Test("after five wrong codes the right one fails, the link does not, and a new mail has a new code")
  func tries() async throws {
    let user = try await world.registered().account.id
    let (code, link) = (try await world.code(.verifyEmail), try await world.link())
    for _ in 0..<5 {
      await #expect(throws: IdentityError.invalidLink) { try await world.verifyEmail(code: wrong(code), of: user) }
    }
    await #expect(throws: IdentityError.invalidLink) { try await world.verifyEmail(code: code.text, of: user) }
    world.clock.advance(.seconds(61))
    try await world.accounts.requestVerification(of: user)
    let newer = try await world.code(.verifyEmail)
    #expect(newer != code)
    await #expect(throws: IdentityError.invalidLink) { try await world.verifyEmail(code: code.text, of: user) }
    #expect(try await world.accounts.link(link.id) != nil)
    try await world.verifyEmail(code: newer.text, of: user)
    #expect(try await world.accounts.account(user)?.emailVerified == true)
    // Nothing is left to prove by the older one.
    #expect(try await world.accounts.link(link.id) == nil)
  }

  @Test("ten codes are tried at once for an address, with or without an account, and one more after half a minute")
  func triesOfAnAddress() async throws {
    _ = try await world.registered()
    let own = try world.address()
    try await world.accounts.requestPasswordReset(of: own)
    let code = try await world.code(.resetPassword)
    for address in [own, try world.address("nobody@example.com")] {
      for _ in 0..<10 {
        await #expect(throws: IdentityError.invalidLink) {
          try await world.resetPassword(code: wrong(code), of: address, to: "battery staple")
        }
      }
      await #expect(throws: IdentityError.codeLimit(retryAfter: .seconds(30))) {
        try await world.resetPassword(code: code.text, of: address, to: "battery staple")
      }
    }
    world.limiter.advance(.seconds(30))
    try await world.accounts.requestPasswordReset(of: own)
    try await world.resetPassword(
      code: try await world.code(.resetPassword).text, of: own, to: "battery staple")
  }

  @Test("beyond the limit nothing of the account is read or counted, and without a limiter no code is tried")
  func nothingIsRead() async throws {
    let user = try await world.registered().account.id
    let code = try await world.code(.verifyEmail)
    for isAway in [true, false] {
      world.limiter.setAway(isAway)
      world.limiter.exhaust(!isAway)
      let expected = isAway ? IdentityError.unavailable : .codeLimit(retryAfter: .seconds(1))
      // More than a link's code may be tried.
      for _ in 0...MailedCode.mostTries {
        await #expect(throws: expected) { try await world.verifyEmail(code: code.text, of: user) }
      }
    }
    world.limiter.exhaust(false)
    try await world.verifyEmail(code: code.text, of: user)
  }

  @Test("an owner who mistypes the codes of two mails gets in by that of the third")
  func typos() async throws {
    _ = try await world.registered()
    let own = try world.address()
    for _ in 0..<2 {
      try await world.accounts.requestPasswordReset(of: own)
      let code = try await world.code(.resetPassword)
      for _ in 0..<4 {
        await #expect(throws: IdentityError.invalidLink) {
          try await world.resetPassword(code: wrong(code), of: own, to: "battery staple")
        }
      }
    }
    try await world.accounts.requestPasswordReset(of: own)
    try await world.resetPassword(code: try await world.code(.resetPassword).text, of: own, to: "battery staple")
  }

  @Test("a text that is no code is refused and costs no try")
  func noCode() async throws {
    let user = try await world.registered().account.id
    for _ in 0..<10 {
      await #expect(throws: IdentityError.invalidLink) { try await world.verifyEmail(code: "1234", of: user) }
    }
    try await world.verifyEmail(code: try await world.code(.verifyEmail).text, of: user)
  }

  @Test("a code confirms a change of the address")
  func changes() async throws {
    let user = try await world.registered().account.id
    try await world.requestEmailChange(
      of: user, on: DeviceID(UUID()), to: try world.address("new@example.com"), password: "correct horse")
    try await world.verifyEmail(code: try await world.code(.changeEmail).text, of: user)
    #expect(try await world.accounts.account(user)?.email.text == "new@example.com")
  }

  @Test("a code resets the password of the address that it was mailed to, and of no other")
  func resets() async throws {
    _ = try await world.registered()
    _ = try await world.registered("ravi@example.com")
    let (own, other) = (try world.address(), try world.address("ravi@example.com"))
    try await world.accounts.requestPasswordReset(of: own)
    let code = try await world.code(.resetPassword)
    try await world.accounts.requestPasswordReset(of: other)
    for address in [other, try world.address("nobody@example.com"), nil] {
      await #expect(throws: IdentityError.invalidLink) {
        try await world.resetPassword(code: code.text, of: address, to: "battery staple")
      }
    }
    try await world.resetPassword(code: code.text, of: own, to: "battery staple")
    _ = try await world.signIn(email: own, password: "battery staple", userAgent: nil)
    await #expect(throws: IdentityError.invalidLink) {
      try await world.resetPassword(code: code.text, of: own, to: "battery staple")
    }
  }

  @Test("a password is refused before the code is looked at, for an address without an account, too")
  func refusedPassword() async throws {
    _ = try await world.registered()
    let own = try world.address()
    try await world.accounts.requestPasswordReset(of: own)
    let code = try await world.code(.resetPassword)
    for address in [own, try world.address("nobody@example.com"), nil] {
      for _ in 0..<6 {
        await #expect(throws: PasswordProblem.common) {
          try await world.resetPassword(code: code.text, of: address, to: "password123")
        }
      }
    }
    try await world.resetPassword(code: code.text, of: own, to: "battery staple")
  }

  @Test("a wrong code costs no hash, whether the address has an account or not")
  func cost() async throws {
    _ = try await world.registered()
    let own = try world.address()
    try await world.accounts.requestPasswordReset(of: own)
    let (before, code) = (world.passwords.hashings, try await world.code(.resetPassword))
    for address in [own, try world.address("nobody@example.com")] {
      await #expect(throws: IdentityError.invalidLink) {
        try await world.resetPassword(code: wrong(code), of: address, to: "battery staple")
      }
    }
    #expect(world.passwords.hashings == before)
  }
}
