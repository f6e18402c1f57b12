import Application
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
      for expected in [100, 200, 250, 250] {
        // None is added while a hundred wait.
        for _ in 0..<2 {
          try await retention.runOnce()
          #expect(try await tasks() == expected)
        }
        try await roles.owner.query("UPDATE tasks SET status = 'completed', completed_at = clock_timestamp()")
      }
      #expect(try await roles.owner.count("tasks") == 250)
      try await roles.owner.query("DELETE FROM tasks")
      try await retention.runOnce()
      #expect(try await tasks() == 0)
    }
  }

  @Test("a hundred that ElevenLabs refuses hold up the others for a day, and those that have failed for that never")
  func refused() async throws {
    try await RoleDatabase.with { roles async throws in
      try await roles.owner.query(
        """
        INSERT INTO conversations (id, user_id, agent_id, signed_url, closed_at)
        SELECT 'old_' || n, gen_random_uuid(), 'agent', '', clock_timestamp() - (400 - n) * interval '1 day'
        FROM generate_series(1, 300) AS n
        """)
      let retention = PostgresTranscriptRetention(database: roles[.task], days: 7)
      func ordered() async throws -> Int {
        try await retention.runOnce()
        return try await roles.owner.count("tasks")
      }
      #expect(try await ordered() == 100)
      // ElevenLabs refuses the key: all of them wait, and no more begin to.
      try await roles.owner.query(
        "UPDATE tasks SET error = 'elevenlabs_key_refused', run_at = now() + interval '1 hour'")
      #expect(try await ordered() == 100)
      try await roles.owner.query("UPDATE tasks SET created_at = created_at - interval '25 hours'")
      #expect(try await ordered() == 200)
      #expect(try await ordered() == 200)
      // What is refused itself has failed, and waits for nothing.
      try await roles.owner.query(
        """
        UPDATE tasks SET status = 'failed', error = 'conversation_erasure_refused', completed_at = clock_timestamp()
        WHERE error IS NULL
        """)
      #expect(try await ordered() == 300)
    }
  }

  @Test("it is told how long the oldest conversation that should have been ordered has waited")
  func overdue() async throws {
    try await RoleDatabase.with { roles async throws in
      let retention = PostgresTranscriptRetention(database: roles[.task], days: 7)
      #expect(try await retention.overdue() == .zero)
      try await roles.owner.query(
        """
        INSERT INTO conversations (id, user_id, agent_id, signed_url, closed_at, erasure_at)
        VALUES ('ordered', gen_random_uuid(), 'agent', '', clock_timestamp() - interval '90 days', clock_timestamp()),
          ('young', gen_random_uuid(), 'agent', '', clock_timestamp() - interval '6 days', NULL),
          ('open', gen_random_uuid(), 'agent', '', NULL, NULL)
        """)
      #expect(try await retention.overdue() == .zero)
      try await roles.owner.query("UPDATE conversations SET closed_at = closed_at - interval '3 days'")
      let overdue = try await retention.overdue()
      #expect(overdue >= .seconds(2 * 86_400) && overdue < .seconds(2 * 86_400 + 60))
      try await retention.runOnce()
      #expect(try await retention.overdue() == .zero)
    }
  }

  @Test("a plan does not wait behind the erasures")
  func behind() async throws {
    try await RoleDatabase.with { roles async throws in
      try await roles.owner.query(
        """
        INSERT INTO conversations (id, user_id, agent_id, signed_url, closed_at)
        SELECT 'old_' || n, gen_random_uuid(), 'agent', '', clock_timestamp() - interval '8 days'
        FROM generate_series(1, 20) AS n
        """)
      try await PostgresTranscriptRetention(database: roles[.task], days: 7).runOnce()
      try await roles.owner.query("INSERT INTO tasks (type, payload) VALUES ('care_plan', '{}')")
      let queue = PostgresTaskQueue(pool: roles[.task])
      try await queue.survey()
      #expect(try await queue.claim(limit: 1, worker: "w", lease: .seconds(30)).map(\.type) == [.carePlan])
    }
  }
}
