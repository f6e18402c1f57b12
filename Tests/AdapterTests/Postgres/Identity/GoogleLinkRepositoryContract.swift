import Application
import Domain
import Foundation
import Testing

@Suite("Linking accounts with Google", .serialized)
struct GoogleLinkRepositoryContract {
  private static func person(_ subject: String, _ email: String = "asha@gmail.com") throws -> GoogleIdentity {
    GoogleIdentity(subject: subject, email: try #require(EmailAddress(email)), name: "Asha of Google")
  }

  @Test(
    "an account with an unproven address loses its password, name, devices and verifications to the mailbox's owner",
    arguments: IdentityStoreKind.allCases)
  func takesOver(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let squatter = try await store.account("Asha@gmail.com")
      let devices = [
        try await store.device([0], of: squatter.id).id, try await store.device([1], of: squatter.id).id,
      ]
      let stranger = try await store.device([9])
      guard case .joined(let account) = try await store.googleLinks.join(try Self.person("google-1")) else {
        Issue.record("not joined")
        return
      }
      #expect(account.id == squatter.id && account.email.text == "Asha@gmail.com" && account.name == "Asha of Google")
      #expect(account.emailVerified && account.googleLinked && !account.hasPassword)
      #expect(try await store.accounts.account(email: account.email)?.passwordHash == nil)
      #expect(try await store.accounts.account(googleSubject: "google-1") == account)
      #expect(try await store.revoked() == Set(devices))
      #expect(try await store.rotate(0, to: 2) == .unknown)
      guard case .rotated(let other) = try await store.rotate(9, to: 3) else {
        Issue.record("another user's device was ended")
        return
      }
      #expect(other.device == stranger.id)
      #expect(try await store.told().suffix(1) == ["email.verified"])
      // The link of the mail that was sent before proves nothing any more.
      let id = try #require(try await store.requestedLinks(.verifyEmail).first)
      #expect(try await store.links.link(id) == nil)
      #expect(try await store.told().count { $0 == "email.verified" } == 1)
    }
  }

  @Test(
    "an account with a proven address keeps everything and is told of the link", arguments: IdentityStoreKind.allCases)
  func links(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let owner = try await store.account("asha@gmail.com", verified: true)
      try await store.device([1], of: owner.id)
      guard case .joined(let account) = try await store.googleLinks.join(try Self.person("google-1", "ASHA@gmail.com"))
      else {
        Issue.record("not joined")
        return
      }
      #expect(account.id == owner.id && account.googleLinked && account.hasPassword && account.name == "Asha")
      #expect(try await store.revoked().isEmpty)
      #expect(try await store.told() == ["user.registered", "user.google_linked"])
      // The same person joins again without effect, another person not at all.
      #expect(try await store.googleLinks.join(try Self.person("google-1")) == .joined(account))
      #expect(try await store.googleLinks.join(try Self.person("google-2")) == .refused)
      #expect(try await store.told() == ["user.registered", "user.google_linked"])
    }
  }

  @Test(
    "an address without an account is not joined, nor is a person who has another account",
    arguments: IdentityStoreKind.allCases)
  func refuses(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      #expect(try await store.googleLinks.join(try Self.person("google-1")) == .refused)
      _ = try await store.account("ravi@gmail.com", hash: nil, google: "google-1", verified: true)
      for verified in [false, true] {
        let address = "asha-\(verified)@gmail.com"
        let account = try await store.account(address, verified: verified)
        #expect(try await store.googleLinks.join(try Self.person("google-1", address)) == .refused)
        #expect(try await store.accounts.account(account.id) == account)
      }
    }
  }

  @Test("of sixteen simultaneous subjects one gets the account", arguments: IdentityStoreKind.allCases)
  func racing(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 16) { store in
      _ = try await store.imported("asha@gmail.com")
      let joined = try await withThrowingTaskGroup(of: GoogleJoinResult.self) { group in
        for number in 0..<16 {
          group.addTask { try await store.googleLinks.join(try Self.person("google-\(number)")) }
        }
        return try await group.reduce(into: 0) { $0 += $1 == .refused ? 0 : 1 }
      }
      #expect(joined == 1)
      #expect(try await store.told() == ["email.verified"])
    }
  }

  @Test(
    "a Google account links one account, and an account one Google account", arguments: IdentityStoreKind.allCases)
  func link(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com", verified: true)
      let other = try await store.account("ravi@example.com")
      for _ in 0..<2 { #expect(try await store.googleLinks.link(googleSubject: "google-1", to: account.id) == .linked) }
      #expect(try await store.accounts.account(googleSubject: "google-1")?.id == account.id)
      #expect(try await store.googleLinks.link(googleSubject: "google-2", to: account.id) == .linkedToAnother)
      #expect(try await store.googleLinks.link(googleSubject: "google-1", to: other.id) == .taken)
      #expect(try await store.googleLinks.link(googleSubject: "google-3", to: UserID(UUID())) == .accountGone)
      // An unproven address gets no mail about a link.
      #expect(try await store.googleLinks.link(googleSubject: "google-2", to: other.id) == .linked)
      #expect(try await store.told().count { $0 == "user.google_linked" } == 1)
    }
  }

  @Test("of sixteen simultaneous links of a Google account one succeeds", arguments: IdentityStoreKind.allCases)
  func linkRace(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 16) { store in
      var users: [UserID] = []
      for number in 0..<16 { users.append(try await store.account("asha-\(number)@example.com").id) }
      let results = try await withThrowingTaskGroup(of: GoogleLinkResult.self) { group in
        for user in users { group.addTask { try await store.googleLinks.link(googleSubject: "google-1", to: user) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(results.count { $0 == .linked } == 1 && results.count { $0 == .taken } == 15)
    }
  }

  @Test("an account is unlinked only if it has a password", arguments: IdentityStoreKind.allCases)
  func unlink(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com", google: "google-1", verified: true)
      let other = try await store.account("ravi@example.com", hash: nil, google: "google-2", verified: true)
      for _ in 0..<2 { #expect(try await store.googleLinks.unlink(account.id) == .unlinked) }
      #expect(try await store.accounts.account(account.id)?.googleLinked == false)
      #expect(try await store.accounts.account(googleSubject: "google-1") == nil)
      #expect(try await store.googleLinks.unlink(other.id) == .passwordRequired)
      #expect(try await store.accounts.account(other.id)?.googleLinked == true)
      #expect(try await store.googleLinks.unlink(UserID(UUID())) == .accountGone)
      // The Google account can be linked again, and the owner is told again.
      #expect(try await store.googleLinks.link(googleSubject: "google-1", to: account.id) == .linked)
    }
  }
}
