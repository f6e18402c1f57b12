import Application
import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("What users want the mails about care plans to hold", .serialized)
struct CarePlanMailChoiceContract {
  @Test(
    "a choice counts at once, can be taken back, is exported, and goes with the account",
    arguments: IdentityStoreKind.allCases)
  func choices(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let (account, other) = (try await store.account("asha@example.com"), try await store.account("b@example.com"))
      #expect(try await store.carePlanMails.carePlanMail(of: account.id) == nil)
      for choice in CarePlanMailKind.allCases {
        try await store.carePlanMails.chooseCarePlanMail(choice, by: account.id)
        #expect(try await store.carePlanMails.carePlanMail(of: account.id) == choice)
        #expect(try await store.carePlanMailReader.chosenCarePlanMail(of: account.id) == choice)
        #expect(try await store.exports.export(of: account.id)?.carePlanMail == choice)
      }
      #expect(try await store.carePlanMailReader.chosenCarePlanMail(of: other.id) == nil)
      try await store.carePlanMails.chooseCarePlanMail(nil, by: account.id)
      #expect(try await store.carePlanMails.carePlanMail(of: account.id) == nil)
      try await store.carePlanMails.chooseCarePlanMail(.full, by: account.id)
      let proof = OwnershipProof.password(hash: "hash")
      #expect(try await store.deletions.delete(account.id, provenBy: proof, forfeitsBalance: false) == .deleted)
      #expect(try await store.carePlanMailReader.chosenCarePlanMail(of: account.id) == nil)
      for gone in [account.id, UserID(UUID())] {
        await #expect(throws: IdentityError.accountGone) { try await store.carePlanMails.carePlanMail(of: gone) }
        await #expect(throws: IdentityError.accountGone) {
          try await store.carePlanMails.chooseCarePlanMail(.link, by: gone)
        }
      }
    }
  }

  @Test("the row of a deleted account keeps no choice")
  func erased() async throws {
    try await withMigratedDatabase { database in
      let made = try await database.pool.query(
        "INSERT INTO users (email, password_hash, care_plan_mail) VALUES ('a@example.com', 'hash', 'full') RETURNING id"
      )
      let user = UserID(try #require(made.rows.first).get("id", as: UUID.self))
      let deletions = PostgresAccountDeletionRepository(database: database.pool, copy: RecordedRevocations())
      let proof = OwnershipProof.password(hash: "hash")
      #expect(try await deletions.delete(user, provenBy: proof, forfeitsBalance: false) == .deleted)
      let row = try #require(try await database.pool.query("SELECT care_plan_mail FROM users").rows.first)
      #expect(try row.get("care_plan_mail", as: String?.self) == nil)
    }
  }
}
