import Application
import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("Consents to recording and AI", .serialized)
struct ConsentContract {
  private func version(_ text: String) throws -> ConsentVersion { try #require(ConsentVersion(text)) }

  @Test(
    "a consent counts at once, for its version alone, and goes with the account", arguments: IdentityStoreKind.allCases)
  func consents(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com")
      let (first, second) = (try version("v1"), try version("v2"))
      #expect(try await !store.consented.hasConsented(account.id, to: first))
      for _ in 0..<2 { try await store.consents.give(first, by: account.id) }
      #expect(try await store.consented.hasConsented(account.id, to: first))
      #expect(try await !store.consented.hasConsented(account.id, to: second))
      #expect(try await !store.consented.hasConsented(UserID(UUID()), to: first))
      await #expect(throws: IdentityError.accountGone) { try await store.consents.give(first, by: UserID(UUID())) }
      let proof = OwnershipProof.password(hash: "hash")
      #expect(try await store.deletions.delete(account.id, provenBy: proof, forfeitsBalance: false) == .deleted)
      #expect(try await !store.consented.hasConsented(account.id, to: first))
      await #expect(throws: IdentityError.accountGone) { try await store.consents.give(second, by: account.id) }
    }
  }

  @Test("the session role reads who has consented to what, and not when")
  func reads() async throws {
    try await RoleDatabase.with { roles async throws in
      let made = try await roles.owner.query("INSERT INTO users (email) VALUES ('asha@example.com') RETURNING id")
      let user = UserID(try #require(made.rows.first).get("id", as: UUID.self))
      let reader = PostgresConsentReader(database: roles[.session])
      #expect(try await !reader.hasConsented(user, to: try version("v1")))
      try await PostgresConsentRepository(database: roles[.auth]).give(try version("v1"), by: user)
      #expect(try await reader.hasConsented(user, to: try version("v1")))
      #expect(try await roles[.session].refuses("SELECT given_at FROM consents"))
      #expect(try await roles[.session].refuses("INSERT INTO consents VALUES ('\(user)', 'v2')"))
    }
  }
}
