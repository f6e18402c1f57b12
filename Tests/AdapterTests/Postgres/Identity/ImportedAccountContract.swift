import Application
import Domain
import Foundation
import Testing

/// Rows that came from the legacy deployment's tables.
@Suite("Accounts that were imported", .serialized)
struct ImportedAccountContract {
  @Test(
    "an imported row with another account's address is not found by it, and does not block the address",
    arguments: IdentityStoreKind.allCases)
  func addressProblem(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let row = try await store.imported("Asha@example.com", hash: "hash", hasAddressProblem: true)
      let address = try #require(EmailAddress("asha@example.com"))
      #expect(try await store.accounts.account(row) == nil)
      #expect(try await store.accounts.account(email: address) == nil)
      #expect(try await store.accounts.adopt(googleSubject: "google-1", by: address) == nil)
      let account = try await store.account("asha@example.com")
      #expect(try await store.accounts.account(email: address)?.account == account)
      // Any number of such rows may exist.
      _ = try await store.imported("ASHA@example.com", hash: "hash", hasAddressProblem: true)
    }
  }

  @Test(
    "an imported row without a password is linked to the first subject, once, and is verified",
    arguments: IdentityStoreKind.allCases)
  func adopt(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let row = try await store.imported("Asha@example.com")
      let address = try #require(EmailAddress("asha@EXAMPLE.com"))
      let account = try #require(try await store.accounts.adopt(googleSubject: "google-1", by: address))
      #expect(account.id == row && account.emailVerified && account.googleLinked && !account.hasPassword)
      #expect(account.email.text == "Asha@example.com")
      #expect(try await store.accounts.account(googleSubject: "google-1") == account)
      #expect(try await store.accounts.adopt(googleSubject: "google-2", by: address) == nil)
      #expect(try await store.accounts.account(googleSubject: "google-2") == nil)
      #expect(try await store.told() == ["email.verified"])
    }
  }

  @Test("of sixteen simultaneous subjects one gets the row", arguments: IdentityStoreKind.allCases)
  func racing(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 16) { store in
      _ = try await store.imported("asha@example.com")
      let address = try #require(EmailAddress("asha@example.com"))
      let adopted = try await withThrowingTaskGroup(of: Account?.self) { group in
        for number in 0..<16 {
          group.addTask { try await store.accounts.adopt(googleSubject: "google-\(number)", by: address) }
        }
        return try await group.reduce(into: []) { if let account = $1 { $0.append(account) } }
      }
      #expect(adopted.count == 1)
    }
  }

  @Test(
    "an imported row with a password or a subject is linked to no other subject", arguments: IdentityStoreKind.allCases)
  func notAdopting(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      _ = try await store.imported("asha@example.com", hash: "hash")
      _ = try await store.account("ravi@example.com", hash: nil, google: "google-1", verified: true)
      for text in ["asha@example.com", "ravi@example.com", "nobody@example.com"] {
        let address = try #require(EmailAddress(text))
        #expect(try await store.accounts.adopt(googleSubject: "google-2", by: address) == nil)
      }
    }
  }

  @Test("a hash is replaced only if it is still the one that was read", arguments: IdentityStoreKind.allCases)
  func replaces(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com", hash: "old")
      let hash = { try await store.accounts.account(email: account.email)?.passwordHash }
      try await store.accounts.replacePasswordHash("older", with: "new", of: account.id)
      #expect(try await hash() == "old")
      try await store.accounts.replacePasswordHash("old", with: "new", of: UserID(UUID()))
      #expect(try await hash() == "old")
      try await store.accounts.replacePasswordHash("old", with: "new", of: account.id)
      #expect(try await hash() == "new")
    }
  }
}
