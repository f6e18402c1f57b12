import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("The erasure of old transcripts", .serialized)
struct PostgresTranscriptRetentionTests {
  @Test("each conversation that ended days ago gets its erasure once, and no other does")
  func erases() async throws {
    try await RoleDatabase.with { roles async throws in
      try await roles.owner.query(
        """
        INSERT INTO conversations (id, user_id, agent_id, signed_url, closed_at)
        SELECT 'old_' || n, gen_random_uuid(), 'agent', '', clock_timestamp() - interval '8 days'
        FROM generate_series(1, 250) AS n
        UNION ALL SELECT 'young', gen_random_uuid(), 'agent', '', clock_timestamp() - interval '6 days'
        UNION ALL SELECT 'open', gen_random_uuid(), 'agent', '', NULL
        """)
      let retention = PostgresTranscriptRetention(database: roles[.task], days: 7)
      func tasks() async throws -> Int {
        try await roles.owner.query(
          """
          SELECT 1 AS one FROM tasks WHERE type = 'conversation_erasure' AND payload->>'conversation_id' LIKE 'old_%'
            AND unique_key = 'conversation_erasure:' || (payload->>'conversation_id') AND user_id IS NOT NULL
          """
        ).rows.count
      }
      try await retention.runOnce()
      #expect(try await tasks() == 250)
      #expect(try await roles.owner.count("tasks") == 250)
      try await roles.owner.query("DELETE FROM tasks")
      try await retention.runOnce()
      #expect(try await tasks() == 0)
    }
  }
}
