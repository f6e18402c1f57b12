import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("Recipients, verifications and the log of mails", .serialized)
struct SentMailLogContract {
  @Test(
    "a user's mail address is found, and none of an account that is deleted or has none of its own",
    arguments: TaskStoreKind.allCases)
  func recipients(kind: TaskStoreKind) async throws {
    try await MailStore.with(kind) { store in
      let proven = Recipient(userID: UserID(UUID()), email: "Asha@example.com", name: "Asha", verified: true)
      let unproven = Recipient(userID: UserID(UUID()), email: "ravi@example.com", name: nil, verified: false)
      for recipient in [proven, unproven] { try await store.add(recipient) }
      for recipient in [proven, unproven] {
        #expect(try await store.finds.recipient(recipient.userID) == recipient)
        #expect(try await store.finds.isDeleted(recipient.userID) == false)
      }
      try await store.remove(proven.userID)
      #expect(try await store.finds.recipient(proven.userID) == nil)
      #expect(try await store.finds.isDeleted(proven.userID))
      try await store.removeAddress(unproven.userID)
      #expect(try await store.finds.recipient(unproven.userID) == nil)
      #expect(try await store.finds.isDeleted(unproven.userID) == false)
    }
  }

  @Test("a mail is recorded by its id, once", arguments: TaskStoreKind.allCases)
  func log(kind: TaskStoreKind) async throws {
    try await MailStore.with(kind) { store in
      let user = UserID(UUID())
      #expect(try await store.log.state("receipt-1") == .untried)
      try await store.log.remember("receipt-1", for: user, messageID: "m1")
      try await store.log.remember("receipt-1", for: user, messageID: "m2")
      try await store.log.remember("receipt-2", for: user, messageID: nil)
      #expect(try await store.log.state("receipt-1") == .sent)
      #expect(try await store.log.state("receipt-2") == .sent)
      #expect(try await store.log.state("receipt-3") == .untried)
      #expect(try await store.messageID("receipt-1") == "m1")
      #expect(try await store.messageID("receipt-2") == nil)
    }
  }

  @Test("an attempt is recorded before its mail is sent, until the mail is accepted", arguments: TaskStoreKind.allCases)
  func attempts(kind: TaskStoreKind) async throws {
    try await MailStore.with(kind) { store in
      let (user, log) = (UserID(UUID()), store.log)
      func resend() async throws -> Duration? {
        guard case .attempted(let attempts) = try await log.state("receipt-1"), let doubt = attempts.doubt else {
          return nil
        }
        #expect(attempts.tried >= doubt.age && doubt.age >= .zero)
        return doubt.resend
      }
      for _ in 0..<2 { try await log.start("receipt-1", for: user) }
      guard case .attempted(let started) = try await log.state("receipt-1") else {
        Issue.record("no attempt is known")
        return
      }
      #expect(started.count == 0 && started.doubt == nil && started.tried >= .zero)
      for wait in [Duration.seconds(300), .seconds(600)] {
        try await log.begin("receipt-1", for: user, resendAfter: wait)
        let left = try #require(try await resend())
        #expect(left <= wait && left > wait - .seconds(60))
      }
      try await log.postpone("receipt-1", resendAfter: .zero)
      #expect(try #require(try await resend()) <= .zero)
      try await log.withdraw("receipt-1")
      guard case .attempted(let attempts) = try await log.state("receipt-1") else {
        Issue.record("no attempt is known")
        return
      }
      #expect(attempts.count == 2 && attempts.doubt == nil)
      try await log.giveUp("receipt-1")
      #expect(try await log.state("receipt-1") == .attempted(MailAttempts(tried: .zero, count: 2, doubt: nil)))
      // Without an attempt in doubt, there is nothing to postpone.
      try await log.postpone("receipt-1", resendAfter: .seconds(300))
      #expect(try await resend() == nil)
      #expect(try await log.state("receipt-2") == .untried)
      try await log.begin("receipt-1", for: user, resendAfter: .seconds(300))
      try await log.remember("receipt-1", for: user, messageID: "m1")
      #expect(try await log.state("receipt-1") == .sent)
    }
  }

  @Test("an undeliverable address is found in every spelling", arguments: TaskStoreKind.allCases)
  func undeliverable(kind: TaskStoreKind) async throws {
    try await MailStore.with(kind) { store in
      let (one, spelled) = (
        try #require(EmailAddress("Asha@example.com")), try #require(EmailAddress("asha@EXAMPLE.com"))
      )
      #expect(try await store.undeliverable.contains(one) == false)
      for cause in UndeliverableCause.allCases { try await store.undeliverable.add(one, because: cause) }
      #expect(try await store.undeliverable.contains(spelled))
      #expect(try await store.undeliverable.contains(try #require(EmailAddress("ravi@example.com"))) == false)
    }
  }
}

/// The ports of mail, and functions that fill their tables.
private struct MailStore: Sendable {
  let finds: any RecipientDirectory
  let log: any SentMailLog
  let undeliverable: any UndeliverableAddressRepository
  let add: @Sendable (Recipient) async throws -> Void
  let remove: @Sendable (UserID) async throws -> Void
  let removeAddress: @Sendable (UserID) async throws -> Void
  let messageID: @Sendable (String) async throws -> String?

  static func with(_ kind: TaskStoreKind, _ body: @Sendable (MailStore) async throws -> Void) async throws {
    switch kind {
    case .memory:
      let log = InMemorySentMailLog()
      try await body(
        MailStore(
          finds: log, log: log, undeliverable: InMemoryUndeliverableAddresses(),
          add: { log.add($0) }, remove: { log.remove($0) }, removeAddress: { log.removeAddress(of: $0) },
          messageID: { log.sent[$0] ?? nil }))
    case .postgres:
      try await withMigratedDatabase { database in
        let pool = database.pool
        let log = PostgresSentMailLog(database: pool)
        try await body(
          MailStore(
            finds: PostgresRecipientDirectory(database: pool), log: log,
            undeliverable: PostgresUndeliverableAddressRepository(database: pool),
            add: { try await add($0, pool) },
            remove: {
              try await pool.query(
                """
                UPDATE users SET email = '', name = NULL, address_problem = 'deleted', deleted_at = clock_timestamp()
                WHERE id = \($0.uuid)
                """)
            },
            removeAddress: {
              try await pool.query("UPDATE users SET address_problem = 'duplicate' WHERE id = \($0.uuid)")
            },
            messageID: { id in
              try await pool.query("SELECT message_id FROM sent_mails WHERE custom_id = \(id)").rows.first?
                .get("message_id", as: String?.self) ?? nil
            }))
      }
    }
  }

  private static func add(_ recipient: Recipient, _ pool: PostgresPool) async throws {
    try await pool.query(
      """
      INSERT INTO users (id, email, name, email_verified_at)
      VALUES (\(recipient.userID.uuid), \(recipient.email), \(recipient.name),
        CASE WHEN \(recipient.verified) THEN clock_timestamp() END)
      """)
  }
}
