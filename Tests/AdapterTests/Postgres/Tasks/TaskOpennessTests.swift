import Domain
import PostgresDriver
import Testing

/// `is_open` decides what a claim, a rescue and a look through the queue can find. Not every statement writes it, so
/// the table derives it from the status, whatever a statement says. So it does with `is_unsuccessful`, by which an
/// operator's action finds what has failed or was cancelled.
@Suite("Whether a row of the queue is open")
struct TaskOpennessTests {
  private static let open = TaskState.allCases.filter(\.canCancel).map(\.rawValue)

  /// Rows of each status and with all that a trigger of the table looks at.
  private static func insert(isOpen: Bool?, in transaction: PostgresTransaction) async throws {
    try await transaction.query(
      """
      INSERT INTO tasks (type, payload, status, is_open, cancel_asked, attempts, payload_version, error,
        awaits_callback, ordering_key, steps)
      SELECT 'care_plan', '{}', status.name, \(isOpen)::boolean, is_asked, attempts, version, error, is_asked,
        CASE WHEN is_ordered THEN gen_random_uuid()::text END, CASE WHEN is_ordered THEN '{}'::jsonb END
      FROM unnest(\(TaskState.allCases.map(\.rawValue))) AS status (name), unnest('{f,t}'::boolean[]) AS is_asked,
        unnest('{f,t}'::boolean[]) AS is_ordered, unnest('{1,10}'::integer[]) AS attempts,
        unnest('{1,2}'::integer[]) AS version, unnest('{NULL,worker_lost}'::text[]) AS error
      """)
  }

  private static func wrong(_ transaction: PostgresTransaction) async throws -> [String] {
    try await transaction.query(
      """
      SELECT tasks::text AS row FROM tasks
      WHERE is_open IS DISTINCT FROM (status = ANY(\(open)))
        OR is_unsuccessful IS DISTINCT FROM (CASE WHEN status IN ('failed', 'cancelled') THEN true END)
      LIMIT 3
      """
    ).rows.map { try $0.get("row", as: String.self) }
  }

  @Test("it agrees with the status after every insertion and every change, whatever the statement writes")
  func agrees() async throws {
    try await withMigratedDatabase(connections: 1) { database in
      for isOpen in [true, false, nil] {
        for state in TaskState.allCases.map(\.rawValue) {
          try await database.pool.transaction { transaction in
            try await Self.insert(isOpen: isOpen, in: transaction)
            #expect(try await Self.wrong(transaction).isEmpty)
            try await transaction.query("UPDATE tasks SET status = \(state), is_open = \(isOpen)::boolean")
            #expect(try await Self.wrong(transaction).isEmpty, "to \(state)")
            try await transaction.query("DELETE FROM tasks")
            try await Self.insert(isOpen: isOpen, in: transaction)
            try await transaction.query("UPDATE tasks SET status = \(state)")
            #expect(try await Self.wrong(transaction).isEmpty, "to \(state), and nothing else is written")
            try await transaction.query("UPDATE tasks SET is_open = \(isOpen)::boolean")
            #expect(try await Self.wrong(transaction).isEmpty, "only \(String(describing: isOpen)) is written")
            try await transaction.query("DELETE FROM tasks")
          }
        }
      }
    }
  }

  /// Triggers of one kind run in the order of their names, and a function in the order of its text. 18 are those before
  /// an update, 6 those before an insertion.
  @Test("no trigger changes the status after it was derived", arguments: [18, 6])
  func last(kind: Int) async throws {
    try await withMigratedDatabase(connections: 1) { database in
      let functions = try await database.pool.query(
        """
        SELECT prosrc AS text FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
        WHERE tgrelid = 'tasks'::regclass AND NOT tgisinternal AND tgtype & \(kind) = \(kind) ORDER BY tgname
        """
      ).rows.map { try $0.get("text", as: String.self) }
      let text = functions.joined(separator: "\n")
      let derived = try #require(text.firstRange(of: "NEW.is_open :="))
      #expect(text[..<derived.lowerBound].contains("NEW.status :=") == (kind == 18))
      #expect(!text[derived.upperBound...].contains("NEW.status :="))
    }
  }
}
