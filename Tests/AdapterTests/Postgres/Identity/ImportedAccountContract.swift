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
      #expect(
        try await store.googleLinks.join(GoogleIdentity(subject: "google-1", email: address, name: nil)) == .refused)
      let account = try await store.account("asha@example.com")
      #expect(try await store.accounts.account(email: address)?.account == account)
      // Any number of such rows may exist.
      _ = try await store.imported("ASHA@example.com", hash: "hash", hasAddressProblem: true)
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
