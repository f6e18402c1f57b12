import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("Accounts that are deleted", .serialized)
struct AccountDeletionContract {
  private let own = OwnershipProof.password(hash: "hash")

  @Test(
    "a deleted account has no address, no name and no way in, and its address is free at once",
    arguments: IdentityStoreKind.allCases)
  func deletes(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com", google: "google-1", verified: true)
      let (device, other) = (try await store.device([1], of: account.id), try await store.device([9]))
      let change = try await store.link(.changeEmail, of: account)
      try await store.changes.changeEmail(by: change)
      let undo = try #require(try await store.requestedLinks(.undoEmailChange).last)
      for user in [account.id, other.user, UserID(UUID())] {
        #expect(try await !store.deletedAccounts.isDeleted(user))
      }
      #expect(try await store.deletions.delete(account.id, provenBy: own, forfeitsBalance: false) == .deleted)
      #expect(try await store.deletedAccounts.isDeleted(account.id))
      #expect(try await !store.deletedAccounts.isDeleted(other.user))
      #expect(try await store.accounts.account(account.id) == nil)
      #expect(try await store.accounts.account(googleSubject: "google-1") == nil)
      #expect(try await store.links.link(undo) == nil)
      #expect(try await store.revoked() == [device.id])
      #expect(try await store.rotate(1, to: 11) == .unknown)
      #expect(try await store.rotate(9, to: 19) != .unknown && other.user != account.id)
      #expect(try await store.told().count { $0 == "user.deleted" } == 1)
      await #expect(throws: IdentityError.accountDisabled) { try await store.device([2], of: account.id) }
      // Both addresses: the undoing kept the old one.
      for address in ["asha@example.com", "new@example.com"] {
        let anew = try await store.account(address, google: address, verified: true)
        #expect(anew.id != account.id)
      }
      #expect(try await store.deletions.delete(account.id, provenBy: own, forfeitsBalance: true) == .gone)
      await #expect(throws: UserAdministrationError.userNotFound) {
        try await store.users.enable(account.id, reason: try #require(Reason("a mistake")), actor: "cli:test")
      }
    }
  }

  @Test("what is left in the wallet is lost only where its owner gives it up", arguments: IdentityStoreKind.allCases)
  func balance(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com")
      try await store.setBalance(account.id, .seconds(61))
      #expect(
        try await store.deletions.delete(account.id, provenBy: own, forfeitsBalance: false)
          == .balanceLeft(.seconds(61)))
      #expect(try await store.accounts.account(account.id) == account)
      #expect(!(try await store.told().contains("user.deleted")))
      #expect(try await store.deletions.delete(account.id, provenBy: own, forfeitsBalance: true) == .deleted)
    }
  }

  @Test("a proof that is not current any more deletes nothing", arguments: IdentityStoreKind.allCases)
  func proofs(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com", google: "google-1", verified: true)
      for proof in [OwnershipProof.password(hash: "older"), .google(subject: "google-2")] {
        #expect(try await store.deletions.delete(account.id, provenBy: proof, forfeitsBalance: true) == .notProven)
      }
      #expect(try await store.accounts.account(account.id) == account)
      let unknown = UserID(UUID())
      #expect(try await store.deletions.delete(unknown, provenBy: own, forfeitsBalance: true) == .gone)
      let proof = OwnershipProof.google(subject: "google-1")
      #expect(try await store.deletions.delete(account.id, provenBy: proof, forfeitsBalance: true) == .deleted)
    }
  }

  @Test("a passkey of the account and an open code of it are proofs", arguments: IdentityStoreKind.allCases)
  func otherProofs(kind: IdentityStoreKind) async throws {
    for byPasskey in [true, false] {
      try await IdentityStore.with(kind) { store in
        let account = try await store.account("asha@example.com")
        let other = try await store.account("ravi@example.com")
        let code = try await store.link(.reauthenticate, of: account)
        let used = try await store.link(.reauthenticate, of: account)
        #expect(try await store.links.use(used))
        let reset = try await store.link(.resetPassword, of: account)
        let cose = SoftAuthenticator.es256(1)
        let credential = NewPasskeyCredential(
          id: Array(repeating: 1, count: 16), publicKey: try PasskeyPublicKey(cose: cose), cose: cose, counter: 0,
          isBackupEligible: false, isBackedUp: false)
        let added = try await store.passkeys.add(credential, name: "n", transports: [], to: account.id)
        guard case .added(let passkey) = added else {
          Issue.record("not added")
          return
        }
        for proof in [OwnershipProof.passkey(passkey.id), .mailedCode(link: code.id)] {
          #expect(try await store.deletions.delete(other.id, provenBy: proof, forfeitsBalance: true) == .notProven)
        }
        let wrong: [OwnershipProof] = [
          .passkey(PasskeyID(UUID())), .mailedCode(link: used.id), .mailedCode(link: reset.id), .mailedCode(link: "x"),
        ]
        for proof in wrong {
          #expect(try await store.deletions.delete(account.id, provenBy: proof, forfeitsBalance: true) == .notProven)
        }
        let proof = byPasskey ? OwnershipProof.passkey(passkey.id) : .mailedCode(link: code.id)
        #expect(try await store.deletions.delete(account.id, provenBy: proof, forfeitsBalance: true) == .deleted)
      }
    }
  }

  @Test("of many deletions at once one deletes", arguments: IdentityStoreKind.allCases)
  func once(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 8) { store in
      let account = try await store.account("asha@example.com")
      let results = try await withThrowingTaskGroup(of: AccountDeletionResult.self) { group in
        for _ in 0..<8 {
          group.addTask { try await store.deletions.delete(account.id, provenBy: own, forfeitsBalance: false) }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(results.count { $0 == .deleted } == 1 && results.count { $0 == .gone } == 7)
      #expect(try await store.told().count { $0 == "user.deleted" } == 1)
    }
  }

  @Test("the accounts that were merged into it are deleted with it")
  func merged() async throws {
    try await withMigratedDatabase { database in
      let pool = database.pool
      let ids = [UUID(), UUID(), UUID()]
      let rows: [(UUID, String, UUID?)] = [
        (ids[0], "a@example.com", nil), (ids[1], "b@example.com", ids[0]), (ids[2], "c@example.com", ids[1]),
      ]
      for (id, email, into) in rows {
        try await pool.query(
          """
          INSERT INTO users (id, email, name, password_hash, address_problem, merged_into)
          VALUES (\(id), \(email), 'Asha', 'hash', \(into == nil ? nil : "merged"), \(into))
          """)
      }
      let deletions = PostgresAccountDeletionRepository(database: pool, copy: NoRevocations())
      #expect(try await deletions.delete(UserID(ids[0]), provenBy: own, forfeitsBalance: false) == .deleted)
      let left = try await pool.query("SELECT 1 AS one FROM users WHERE email <> '' OR name IS NOT NULL")
      #expect(left.rows.isEmpty)
      let told = try await pool.query("SELECT subject FROM outbox WHERE type = 'user.deleted'").rows
        .map { try $0.get("subject", as: String.self) }
      #expect(Set(told) == Set(ids.map { UserID($0).description }))
    }
  }

  @Test("a name that is changed while the account is deleted does not come back")
  func rename() async throws {
    try await withMigratedDatabase { database in
      let pool = database.pool
      let accounts = PostgresAccountRepository(database: pool)
      let email = try #require(EmailAddress("asha@example.com"))
      let account = try await accounts.create(
        NewAccount(email: email, name: "Asha", passwordHash: "hash", googleSubject: nil, emailVerified: false))
      let deletions = PostgresAccountDeletionRepository(database: pool, copy: NoRevocations())
      #expect(try await deletions.delete(account.id, provenBy: own, forfeitsBalance: false) == .deleted)
      #expect(try await accounts.rename(account.id, to: "Asha Rao") == nil)
      try await accounts.storePasswordHash("another", of: account.id)
      let row = try await pool.query("SELECT name, password_hash FROM users").rows.first
      for column in ["name", "password_hash"] { #expect(try row?.get(column, as: String?.self) == .some(nil)) }
    }
  }

  /// The tables with a column for the user, and who erases a deleted user's rows. A new table must be added here, and
  /// to what erases it.
  private static let known: [String: Set<String>] = [
    "auth": Set(PostgresAccountDeletionRepository.erased),
    "billing": ["buyers", "idempotency_answers"],
    "task": ["tasks", "care_plans", "care_plan_work", "care_plan_keys", "sent_mails", "mail_attempts"],
    // These have nothing that names a person: the figures of money and talk, and what ends by itself.
    "stays": ["revocations", "wallets", "ledger", "holds", "wallet_freezes", "talk_sessions", "conversations"],
    // Billing removes the person from them.
    "emptied": ["transactions", "tax_documents"],
  ]

  @Test("of every table with a user's rows it is known what a deletion does to them")
  func tables() async throws {
    try await withMigratedDatabase { database in
      let found = try await database.pool.query(
        """
        SELECT table_name::text AS name FROM information_schema.columns
        WHERE table_schema = 'public' AND column_name = 'user_id'
        """
      ).rows.map { try $0.get("name", as: String.self) }
      #expect(Set(found) == Self.known.values.reduce(into: []) { $0.formUnion($1) })
    }
  }
}

struct NoRevocations: RevocationCache {
  func revoke(_ device: DeviceID, user: UserID) async throws {}
  func isComplete() async throws -> Bool { true }
  func fill(with revocations: [Revocation], whole: Bool) async throws {}
}
