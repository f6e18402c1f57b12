import Application
import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("The database roles' rights on the ledger", .serialized)
struct LedgerRoleTests {
  private static let user = "00000000-0000-4000-8000-000000000001"

  private func entry(_ kind: String, _ reference: String, version: Int) -> String {
    """
    INSERT INTO ledger (user_id, kind, reference, requested_ms, available_delta_ms, held_delta_ms, available_after_ms,
      held_after_ms, version, cause)
    VALUES ('\(Self.user)', '\(kind)', '\(reference)', 1, 1, 0, 1, 0, \(version), 'test')
    """
  }

  @Test(
    "the session role writes no credit, under any kind",
    arguments: ["purchase", "grant", "opening", "refund", "release"])
  func credits(kind: String) async throws {
    try await RoleDatabase.with { roles async throws in
      let session = roles[.session]
      #expect(try await session.refuses(entry(kind, "session:x:credit", version: 1)))
      #expect(try await session.refuses(entry(kind, "payment:pay_1", version: 1)))
      #expect(try await roles.owner.count("ledger") == 0)
      #expect(try await roles[.billing].refuses(entry(kind, "payment:pay_1", version: 1)) == false)
    }
  }

  @Test("the session role writes holds, settlements and adjustments only for talks")
  func talk() async throws {
    try await RoleDatabase.with { roles async throws in
      for (version, kind) in ["hold", "settlement", "adjustment"].enumerated() {
        let session = roles[.session]
        #expect(try await session.refuses(entry(kind, "refund:r_1", version: version + 1)))
        #expect(try await session.refuses(entry(kind, "session:x:\(kind)", version: version + 1)) == false)
      }
      #expect(try await roles[.session].count("ledger") == 3)
    }
  }

  @Test("the session role writes adjustments for conversations, but no holds or settlements")
  func conversations() async throws {
    try await RoleDatabase.with { roles async throws in
      let session = roles[.session]
      for kind in ["hold", "settlement", "purchase", "grant", "refund"] {
        #expect(try await session.refuses(entry(kind, "conversation:c:1", version: 1)))
      }
      #expect(try await session.refuses(entry("adjustment", "operator:1", version: 1)))
      #expect(try await session.refuses(entry("adjustment", "conversation:c:1", version: 1)) == false)
    }
  }

  @Test("the session role can reconcile a conversation, and store an event that it cannot read")
  func reconciles() async throws {
    try await RoleDatabase.with { roles async throws in
      let conversations = PostgresConversationRepository(database: roles[.session])
      let checks = PostgresDurationCheckQueue(database: roles[.session])
      let user = UserID(try #require(UUID(uuidString: Self.user)))
      try await roles.owner.query(
        "INSERT INTO conversations (id, user_id, agent_id, signed_url) VALUES ('c', \(user.uuid), 'agent', 'wss://x')")
      let reported = ReportedDuration(duration: .seconds(30))
      #expect(try await conversations.reconcile("c", reported: reported) == .adjusted(.seconds(30)))
      #expect(try await checks.claimDue(limit: 1).isEmpty)
      let unparsed = PostgresUnparsedConversationWebhookStore(database: roles[.session])
      for _ in 0..<2 { try await unparsed.keepUnparsed(Array(repeating: 0x7B, count: 100_000)) }
      let kept = try await roles.owner.query("SELECT length(body) AS length FROM elevenlabs_webhooks").rows
      #expect(try kept.map { try $0.get("length", as: Int.self) } == [65_536])
      #expect(try await roles[.session].refuses("SELECT body FROM elevenlabs_webhooks"))
    }
  }

  @Test("no role changes, deletes or empties the ledger, not even its owner")
  func appendOnly() async throws {
    try await RoleDatabase.with { roles async throws in
      #expect(try await roles[.billing].refuses(entry("grant", "grant:1", version: 1)) == false)
      for statement in ["UPDATE ledger SET cause = 'x'", "DELETE FROM ledger", "TRUNCATE ledger"] {
        for role in ServiceRole.allCases { #expect(try await roles[role].refuses(statement)) }
        #expect(try await roles.nobody.refuses(statement))
        let error = await #expect(throws: PostgresError.self) {
          try await roles.owner.query(PostgresQuery(script: statement))
        }
        #expect(error?.message.contains("append-only") == true)
      }
      // A role that does not own the table cannot remove the guard either.
      for role in ServiceRole.allCases {
        #expect(try await roles[role].refuses("ALTER TABLE ledger DISABLE TRIGGER ledger_is_append_only"))
      }
      #expect(try await roles.owner.count("ledger") == 1)
    }
  }

  @Test("the session role sees the holds of talks, not those of refunds")
  func holds() async throws {
    try await RoleDatabase.with { roles async throws in
      func hold(_ purpose: String) -> String {
        """
        INSERT INTO holds (reference, user_id, purpose, amount_ms, cumulative_ms, is_final, expires_at)
        VALUES ('\(purpose):1', '\(Self.user)', '\(purpose)', 1, 1, false, now())
        """
      }
      #expect(try await roles[.session].refuses(hold("refund:r_1")))
      #expect(try await roles[.billing].refuses(hold("refund:r_1")) == false)
      #expect(try await roles[.session].refuses(hold("session:s_1")) == false)
      #expect(try await roles[.session].count("holds") == 1)
      #expect(try await roles[.billing].count("holds") == 2)
      let closed = try await roles[.session].query("UPDATE holds SET closed_at = now()").affectedRows
      #expect(closed == 1)
      #expect(try await roles[.session].refuses("DELETE FROM holds"))
    }
  }
}
