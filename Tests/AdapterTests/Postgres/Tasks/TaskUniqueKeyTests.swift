import Application
import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

/// Three releases write unique keys into one schema, one after the other: the release before names the constraint, this
/// one serves with it, and with what takes its place in the next one.
@Suite("The unique key of a task")
struct TaskUniqueKeyTests {
  /// What the next release does (docs/upgrade.md).
  private static let next = PostgresQuery(
    script: """
      ALTER TABLE tasks DROP CONSTRAINT tasks_unique_key_key;
      CREATE UNIQUE INDEX tasks_by_unique_key ON tasks (unique_key) WHERE unique_key IS NOT NULL
      """)

  @Test("a key makes one task, by the constraint and by the index that takes its place", arguments: [false, true])
  func onceForEachKey(isNext: Bool) async throws {
    try await withMigratedDatabase { database in
      let pool = database.pool
      if isNext { try await pool.query(Self.next) }
      let inbox = PostgresEventTaskInbox(pool: pool, inbox: PostgresInbox(consumer: "task"))
      for key in ["a", "a", "b", nil, nil] {
        let task = NewTask(type: .carePlan, payload: "{}", userID: nil, uniqueKey: key)
        try await inbox.enqueue([task], wake: nil, for: EventID(UUID()))
      }
      let keys = try await pool.query("SELECT unique_key FROM tasks ORDER BY unique_key").rows.map {
        try $0.get("unique_key", as: String?.self)
      }
      #expect(keys == ["a", "b", nil, nil])
    }
  }

  @Test("a conversation gets one erasure by its age, by the constraint and by that index", arguments: [false, true])
  func oneErasure(isNext: Bool) async throws {
    try await withMigratedDatabase { database in
      let pool = database.pool
      if isNext { try await pool.query(Self.next) }
      try await pool.query(
        """
        INSERT INTO conversations (id, user_id, agent_id, signed_url, closed_at)
        VALUES ('old', gen_random_uuid(), 'agent', '', clock_timestamp() - interval '8 days')
        """)
      for _ in 0..<2 {
        try await PostgresTranscriptRetention(database: pool, days: 7).runOnce()
        #expect(try await pool.query("SELECT unique_key FROM tasks").rows.count == 1)
        // As if the order had been lost.
        try await pool.query("UPDATE conversations SET erasure_at = NULL")
      }
    }
  }

  @Test("the release before adds a task of a key once")
  func before() async throws {
    try await withMigratedDatabase { database in
      for _ in 0..<2 {
        try await database.pool.query(
          """
          INSERT INTO tasks (type, payload, unique_key) VALUES ('care_plan', '{}', 'a')
          ON CONFLICT (unique_key) DO NOTHING
          """)
      }
      #expect(try await database.pool.query("SELECT unique_key FROM tasks").rows.count == 1)
    }
  }
}
