import Application
import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import TestInfrastructure
import Testing

@Suite("Erasures that have failed", .serialized)
struct PostgresErasureRepeaterTests {
  private static func pending(_ roles: RoleDatabase) async throws -> [String] {
    try await roles.owner.query(
      """
      SELECT unique_key FROM tasks
      WHERE status = 'pending' AND is_open AND attempts = 0 AND completed_at IS NULL AND run_at <= clock_timestamp()
        AND failing_since IS NULL AND NOT cancel_asked AND retried_at IS NOT NULL
      ORDER BY unique_key
      """
    ).rows.map { try $0.get("unique_key", as: String.self) }
  }

  @Test("they begin anew after an hour, but not those that cannot succeed, and nothing else does")
  func begin() async throws {
    try await RoleDatabase.with { roles async throws in
      try await roles.owner.query(
        """
        INSERT INTO tasks (type, payload, unique_key, status, error, attempts, failing_since, completed_at)
        SELECT type, '{}'::jsonb, key, status, error, 1, clock_timestamp() - interval '2 hours',
          clock_timestamp() - minutes * interval '1 minute'
        FROM (VALUES ('conversation_erasure', 'refused', 'failed', 'elevenlabs_key_refused', 61),
          ('conversation_erasure', 'just_now', 'failed', 'elevenlabs_key_refused', 59),
          ('conversation_erasure', 'malformed', 'failed', 'malformed_payload', 61),
          ('conversation_erasure', 'cancelled', 'cancelled', 'elevenlabs_key_refused', 61),
          ('conversation_erasure', 'itself', 'failed', 'conversation_erasure_refused', 10079),
          ('conversation_erasure', 'itself_long_ago', 'failed', 'conversation_erasure_refused', 10081),
          ('account_erasure', 'at_work', 'failed', 'account_not_at_rest', 61),
          ('account_erasure', 'away', 'failed', 'erasure_unavailable', 61),
          ('account_erasure', 'lost', 'failed', 'worker_lost', 61),
          ('account_erasure', 'at_work_just_now', 'failed', 'account_not_at_rest', 59),
          ('account_erasure', 'not_deleted', 'failed', 'account_not_deleted', 61),
          ('account_erasure', 'done', 'completed', NULL, 61),
          ('care_plan', 'plan', 'failed', 'conversation_refused', 61)) AS v (type, key, status, error, minutes)
        """)
      let repeater = PostgresErasureRepeater(database: roles[.task])
      for _ in 0..<2 {
        try await repeater.runOnce()
        #expect(try await Self.pending(roles) == ["at_work", "away", "itself_long_ago", "lost", "refused"])
      }
    }
  }

  @Test("no more than a hundred of a type begin at once, the oldest first")
  func batch() async throws {
    try await RoleDatabase.with { roles async throws in
      try await roles.owner.query(
        """
        INSERT INTO tasks (type, payload, unique_key, status, error, completed_at)
        SELECT kind, '{}', kind || n::text, 'failed', 'x', clock_timestamp() - n * interval '1 day'
        FROM unnest(ARRAY['conversation_erasure', 'account_erasure']) AS kind, generate_series(1, 101) AS n
        """)
      let repeater = PostgresErasureRepeater(database: roles[.task])
      try await repeater.runOnce()
      let left = try await roles.owner.query("SELECT unique_key FROM tasks WHERE status = 'failed' ORDER BY unique_key")
      let keys = try left.rows.map { try $0.get("unique_key", as: String.self) }
      #expect(keys == ["account_erasure1", "conversation_erasure1"])
    }
  }

  @Test("one that begins anew has its time again, but what has killed its workers is no less suspect")
  func again() async throws {
    try await RoleDatabase.with { roles async throws in
      let gone = try await insertDeletedUser(in: roles.owner)
      try await roles.owner.query(
        """
        INSERT INTO tasks (type, payload, user_id, unique_key, status, error, attempts, losses, created_at, completed_at)
        VALUES ('account_erasure', '{}', \(gone.uuid), 'a', 'failed', 'worker_lost', 10, 10,
          clock_timestamp() - interval '40 days', clock_timestamp() - interval '2 hours')
        """)
      try await PostgresErasureRepeater(database: roles[.task]).runOnce()
      let queue = PostgresTaskQueue(pool: roles[.task])
      try await queue.survey()
      let task = try #require(try await queue.claim(limit: 1, worker: "w", lease: .seconds(30)).first)
      #expect(task.type == .accountErasure && task.attempt == 1 && task.age < .seconds(60))
      #expect(try await roles.owner.query("SELECT 1 AS one FROM tasks WHERE losses = 10").rows.count == 1)
    }
  }
}
