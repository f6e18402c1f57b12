import Application
import Domain
import Foundation
import Testing

@Suite("Storing accounts", .serialized)
struct AccountRepositoryContract {
  @Test(
    "an account has the data that it was made with, and is published with its verification",
    arguments: IdentityStoreKind.allCases)
  func create(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("Asha@Example.com")
      #expect(account.email.text == "Asha@Example.com" && account.name == "Asha" && account.scope.isEmpty)
      #expect(account.hasPassword && !account.googleLinked && !account.emailVerified && !account.isDisabled)
      #expect(try await store.accounts.account(account.id) == account)
      #expect(try await store.told() == ["user.registered", "email.verification_requested"])
      #expect(try await store.accounts.account(UserID(UUID())) == nil)
    }
  }

  @Test("an address that a sign-in provider has verified needs no verification", arguments: IdentityStoreKind.allCases)
  func vouched(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com", hash: nil, google: "google-1", verified: true)
      #expect(account.emailVerified && account.googleLinked && !account.hasPassword)
      try await store.links.requestVerification(of: account.id)
      #expect(try await store.told() == ["user.registered"])
    }
  }

  @Test(
    "an address belongs to one account, in any capitalization, and is shown as it was given",
    arguments: IdentityStoreKind.allCases)
  func capitals(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("Asha@Example.com")
      for spelling in ["asha@example.com", "ASHA@EXAMPLE.COM", "Asha@Example.com"] {
        await #expect(throws: IdentityError.emailTaken) { try await store.account(spelling) }
        let address = try #require(EmailAddress(spelling))
        let found = try #require(try await store.accounts.account(email: address))
        #expect(found.account == account && found.passwordHash == "hash")
      }
      // A tag is part of the address.
      #expect(try await store.account("asha+talk@example.com").id != account.id)
      #expect(try await store.told().count(where: { $0 == "user.registered" }) == 2)
    }
  }

  @Test("sixteen simultaneous registrations are one account", arguments: IdentityStoreKind.allCases)
  func racing(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 16) { store in
      let made = await withTaskGroup(of: Result<Account, any Error>.self) { group in
        for number in 0..<16 {
          group.addTask {
            do {
              return .success(try await store.account(number.isMultiple(of: 2) ? "a@example.com" : "A@example.com"))
            } catch {
              return .failure(error)
            }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      let refused = made.compactMap { if case .failure(let error) = $0 { error as? IdentityError } else { nil } }
      #expect(refused == Array(repeating: .emailTaken, count: 15))
      let told = try await store.told()
      #expect(told == ["user.registered", "email.verification_requested"])
    }
  }

  @Test("a Google subject belongs to one account, and finds it", arguments: IdentityStoreKind.allCases)
  func google(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com", hash: nil, google: "google-1", verified: true)
      await #expect(throws: IdentityError.emailTaken) {
        try await store.account("other@example.com", hash: nil, google: "google-1", verified: true)
      }
      #expect(try await store.accounts.account(googleSubject: "google-1") == account)
      #expect(try await store.accounts.account(googleSubject: "GOOGLE-1") == nil)
      // Two accounts without a Google subject do not count as duplicates.
      _ = try await store.account("one@example.com")
      _ = try await store.account("two@example.com")
    }
  }

  @Test("a name can be changed and removed, and a password changed", arguments: IdentityStoreKind.allCases)
  func changes(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com", hash: nil, google: "google-1", verified: true)
      #expect(try await store.accounts.rename(account.id, to: "Asha \"R\"; DROP")?.name == "Asha \"R\"; DROP")
      #expect(try await store.accounts.rename(account.id, to: nil)?.name == nil)
      #expect(try await store.accounts.rename(UserID(UUID()), to: "Nobody") == nil)
      try await store.accounts.storePasswordHash("new hash", of: account.id)
      let found = try #require(try await store.accounts.account(email: account.email))
      #expect(found.account.hasPassword && found.passwordHash == "new hash")
    }
  }
}
