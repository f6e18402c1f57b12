import Application
import Domain
import Foundation
import Testing

@Suite("Links that are mailed", .serialized)
struct MailedAccountLinkContract {
  @Test(
    "a link is valid for as long as its purpose says, and names what it is for", arguments: IdentityStoreKind.allCases)
  func lives(kind: IdentityStoreKind) async throws {
    for purpose in [MailedAccountLinkPurpose.verifyEmail, .resetPassword, .changeEmail] {
      try await IdentityStore.with(kind) { store in
        let earliest = try await store.now()
        let account = try await store.account("Asha@example.com")
        let link = try await store.link(purpose, of: account)
        let life = Double(purpose.life.components.seconds)
        let latest = try await store.now()
        #expect(link.purpose == purpose && link.user == account.id && link.email == account.email)
        #expect(link.newEmail == (purpose == .changeEmail ? EmailAddress("new@example.com") : nil))
        // In whole seconds, rounded in either direction: a link is signed with its expiry.
        #expect(link.expiresAt >= earliest + life - 1 && link.expiresAt <= latest + life + 1)
        #expect(link.expiresAt.timeIntervalSince1970.truncatingRemainder(dividingBy: 1) == 0)
        #expect(try await store.links.link(link.id.uppercased()) == link)
        try await store.advance(purpose.life + .seconds(1))
        #expect(try await store.links.link(link.id) == nil)
      }
    }
  }

  @Test("a link that nobody requested is unknown", arguments: IdentityStoreKind.allCases)
  func unknown(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store async throws in
      for id in ["", "x", UUID().uuidString] { #expect(try await store.links.link(id) == nil) }
    }
  }

  @Test(
    "a new verification leaves the one before valid, and a proven address needs none",
    arguments: IdentityStoreKind.allCases)
  func freshVerification(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com")
      try await store.advance(.seconds(61))
      try await store.links.requestVerification(of: account.id)
      let ids = try await store.requestedLinks(.verifyEmail)
      #expect(Set(ids).count == 2)
      for id in ids { #expect(try await store.links.link(id)?.user == account.id) }
      let link = try #require(try await store.links.link(ids[0]))
      try await store.changes.verifyEmail(by: link)
      try await store.advance(.seconds(61))
      try await store.links.requestVerification(of: account.id)
      #expect(try await store.requestedLinks(.verifyEmail).count == 2)
    }
  }

  @Test(
    "after a second registration the verifications of an unproven address choose a password",
    arguments: IdentityStoreKind.allCases)
  func secondRegistration(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com")
      let other = try await store.account("ravi@example.com")
      let id = try #require(try await store.requestedLinks(.verifyEmail).first)
      try await store.links.requestPasswordReset(of: account.email)
      let before = try #require(try await store.links.link(id))
      #expect(before.user == account.id && !before.choosesPassword)
      let change = try await store.link(.changeEmail, of: account)
      try await store.links.requestPasswordReset(of: account.email, isRegistration: true)
      let after = try #require(try await store.links.link(id))
      #expect(after.choosesPassword && after.purpose == .verifyEmail && after.expiresAt == before.expiresAt)
      #expect(try await store.links.link(change.id) == change)
      // Its code proves the address without a new password.
      #expect(try await store.links.countCodeTry(for: [.verifyEmail], of: .user(account.id)).isEmpty)
      // Nor does a request that read the link before prove it so.
      await #expect(throws: IdentityError.invalidLink) { try await store.changes.verifyEmail(by: before) }
      #expect(try await store.accounts.account(account.id)?.emailVerified == false)
      #expect(try await store.requestedLinks(.resetPassword).count == 2)
      let others = try #require(try await store.requestedLinks(.verifyEmail).last)
      let untouched = try #require(try await store.links.link(others))
      #expect(untouched.user == other.id && !untouched.choosesPassword)
    }
  }

  @Test(
    "they do when the address has had its mails, too, and the first password that is chosen withdraws the rest",
    arguments: IdentityStoreKind.allCases)
  func secondRegistrationWithoutMail(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com")
      let id = try #require(try await store.requestedLinks(.verifyEmail).first)
      for _ in 0..<3 { try await store.links.requestPasswordReset(of: account.email) }
      for _ in 0..<5 { try await store.links.requestPasswordReset(of: account.email, isRegistration: true) }
      #expect(try await store.requestedLinks(.resetPassword).count == 3)
      let resets = try await store.requestedLinks(.resetPassword)
      let link = try #require(try await store.links.link(id))
      #expect(link.choosesPassword)
      try await store.changes.resetPassword(by: link, to: "new hash")
      #expect(try await store.accounts.account(email: account.email)?.passwordHash == "new hash")
      #expect(try await store.accounts.account(account.id)?.emailVerified == true)
      for id in resets + [id] { #expect(try await store.links.link(id) == nil) }
    }
  }

  @Test(
    "so do those that are asked for later, until the address is proven; a proof withdraws the other verifications",
    arguments: IdentityStoreKind.allCases)
  func verificationAfterSecondRegistration(kind: IdentityStoreKind) async throws {
    for isRegisteredAgain in [true, false] {
      try await IdentityStore.with(kind) { store in
        let account = try await store.account("asha@example.com")
        try await store.links.requestPasswordReset(of: account.email, isRegistration: isRegisteredAgain)
        try await store.advance(.seconds(61))
        try await store.links.requestVerification(of: account.id)
        let ids = try await store.requestedLinks(.verifyEmail)
        try #require(ids.count == 2)
        let first = try #require(try await store.links.link(ids[0]))
        let later = try #require(try await store.links.link(ids[1]))
        #expect(first.choosesPassword == isRegisteredAgain && later.choosesPassword == isRegisteredAgain)
        if isRegisteredAgain {
          try await store.changes.resetPassword(by: first, to: "new hash")
        } else {
          try await store.changes.verifyEmail(by: first)
        }
        #expect(try await store.links.link(later.id) == nil)
      }
    }
  }

  @Test("a password that is chosen by a reset withdraws them", arguments: IdentityStoreKind.allCases)
  func resetAfterSecondRegistration(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com")
      let id = try #require(try await store.requestedLinks(.verifyEmail).first)
      try await store.links.requestPasswordReset(of: account.email, isRegistration: true)
      let reset = try #require(try await store.requestedLinks(.resetPassword).last)
      try await store.changes.resetPassword(by: try #require(try await store.links.link(reset)), to: "new hash")
      #expect(try await store.links.link(id) == nil)
    }
  }

  @Test(
    "of two hundred requests at once none is within the pause, and an address gets three an hour",
    arguments: IdentityStoreKind.allCases)
  func verificationLimit(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 16) { store in
      let account = try await store.account("asha@example.com")
      @Sendable func resend() async throws { try await store.links.requestVerification(of: account.id) }
      for sent in [1, 2, 3, 3] {
        try await atOnce(200) {
          do { try await resend() } catch {
            guard case .mailLimit(let wait) = error as? IdentityError, wait > .zero, wait <= .seconds(3_600) else {
              throw error
            }
          }
        }
        // The registration has sent the first one.
        #expect(try await store.requestedLinks(.verifyEmail).count == sent)
        try await store.advance(.seconds(61))
      }
      try await store.advance(.seconds(3_600))
      try await resend()
      #expect(try await store.requestedLinks(.verifyEmail).count == 4)
    }
  }

  @Test(
    "of a hundred resets at once three are mailed, in any capitalization, and the rest is not told",
    arguments: IdentityStoreKind.allCases)
  func resetLimit(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 16) { store in
      _ = try await store.account("Asha@example.com", hash: nil, google: "google-1", verified: true)
      let spellings = try ["asha@example.com", "ASHA@example.com"].map { try #require(EmailAddress($0)) }
      try await atOnce(50) { for spelling in spellings { try await store.links.requestPasswordReset(of: spelling) } }
      #expect(try await store.requestedLinks(.resetPassword).count == 3)
      // Another address has a share of its own, and an account may be unverified.
      _ = try await store.account("ravi@example.com")
      try await store.links.requestPasswordReset(of: try #require(EmailAddress("ravi@example.com")))
      #expect(try await store.requestedLinks(.resetPassword).count == 4)
      try await store.advance(.seconds(3_601))
      for spelling in spellings { try await store.links.requestPasswordReset(of: spelling) }
      #expect(try await store.requestedLinks(.resetPassword).count == 6)
    }
  }

  @Test(
    "no reset is made for an address without an account, and it is counted all the same",
    arguments: IdentityStoreKind.allCases)
  func stranger(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      _ = try await store.imported("ravi@example.com", hash: "hash", hasAddressProblem: true)
      let address = try #require(EmailAddress("ravi@example.com"))
      for _ in 0..<3 { try await store.links.requestPasswordReset(of: address) }
      #expect(try await store.told().isEmpty)
      _ = try await store.account("ravi@example.com")
      try await store.links.requestPasswordReset(of: address)
      #expect(try await store.requestedLinks(.resetPassword).isEmpty)
    }
  }

  @Test(
    "a new change of the address withdraws the open ones of the account, and a refused one does not",
    arguments: IdentityStoreKind.allCases)
  func laterChange(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 8) { store in
      let account = try await store.account("asha@example.com")
      let other = try await store.link(.changeEmail, of: try await store.account("ravi@example.com"))
      let first = try await store.link(.changeEmail, of: account)
      let second = try await store.link(.changeEmail, of: account, to: "newer@example.com")
      #expect(try await store.links.link(first.id) == nil)
      #expect(try await store.links.countCodeTry(for: [.changeEmail], of: .user(account.id)) == [second])
      #expect(try await store.links.link(other.id) == other)
      // `new@example.com` has had two mails of its three.
      _ = try await store.link(.changeEmail, of: try await store.account("uma@example.com"))
      let full = try #require(EmailAddress("new@example.com"))
      await #expect(throws: IdentityError.self) {
        try await store.links.requestEmailChange(of: account.id, to: full)
      }
      #expect(try await store.links.link(second.id) == second)
      try await atOnce(3) {
        try await store.links.requestEmailChange(
          of: account.id, to: try #require(EmailAddress("\(UUID().uuidString)@example.com")))
      }
      #expect(try await store.links.countCodeTry(for: [.changeEmail], of: .user(account.id)).count == 1)
    }
  }

  @Test("the changes to one address are counted whoever asks for them", arguments: IdentityStoreKind.allCases)
  func changeLimit(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let target = try #require(EmailAddress("new@example.com"))
      for number in 0..<3 {
        let account = try await store.account("asha\(number)@example.com")
        try await store.links.requestEmailChange(of: account.id, to: target)
      }
      let account = try await store.account("asha4@example.com")
      await #expect(throws: IdentityError.self) {
        try await store.links.requestEmailChange(of: account.id, to: target)
      }
      await #expect(throws: IdentityError.emailTaken) {
        try await store.links.requestEmailChange(of: account.id, to: account.email)
      }
      await #expect(throws: IdentityError.accountGone) {
        try await store.links.requestEmailChange(of: UserID(UUID()), to: account.email)
      }
      #expect(try await store.requestedLinks(.changeEmail).count == 3)
    }
  }
}

/// Runs the body many times, all at once.
func atOnce(_ count: Int, _ body: @escaping @Sendable () async throws -> Void) async throws {
  try await withThrowingTaskGroup(of: Void.self) { group in
    for _ in 0..<count { group.addTask { try await body() } }
    try await group.waitForAll()
  }
}
