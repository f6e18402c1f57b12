import Application
import Domain
import PostgresAdapter
import PostgresDriver
import Testing

/// The triggers of `tasks` write what statements of the release before, and some of this one, leave out.
@Suite("The triggers of tasks", .serialized)
struct TaskTriggerTests {
  @Test("a claim and a success enter no function")
  func nothingEntered() async throws {
    try await withMigratedDatabase { database in
      let (pool, queue) = (database.pool, PostgresTaskQueue(pool: database.pool))
      try await pool.insertDueTasks(10)
      try await pool.query(
        PostgresQuery(
          script: """
            DO $do$
            DECLARE entered text;
            BEGIN
              FOR entered IN
                SELECT DISTINCT tgfoid::regproc::text FROM pg_trigger
                WHERE tgrelid = 'tasks'::regclass AND NOT tgisinternal
              LOOP
                EXECUTE format('CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $$
                  BEGIN RAISE EXCEPTION ''a function was entered''; END $$', entered);
              END LOOP;
            END $do$
            """))
      try await queue.survey()
      let claimed = try await queue.claim(limit: 10, worker: "a", lease: .seconds(30))
      #expect(claimed.count == 10)
      #expect(try await queue.finish(claimed.map { TaskEnd($0, .completed) }, worker: "a").count == 10)
      await #expect(throws: (any Error).self) { try await pool.query("UPDATE tasks SET status = 'failed'") }
    }
  }

  /// Each condition costs every claim and every end.
  @Test("one condition is evaluated before a change of a row, and one after it")
  func two() async throws {
    try await withMigratedDatabase(connections: 1) { database in
      // 1 for each row, 16 for updates.
      let names = try await database.pool.query(
        """
        SELECT tgname::text AS name FROM pg_trigger
        WHERE tgrelid = 'tasks'::regclass AND NOT tgisinternal AND tgtype & 17 = 17 ORDER BY tgname
        """
      ).rows.map { try $0.get("name", as: String.self) }
      #expect(names == ["tasks_before_update", "tasks_order_end"])
    }
  }

  @Test("what is inserted and changed becomes the same as by the fourteen triggers of before")
  func sameRules() async throws {
    try await withDatabase(before: 51) { older in
      try await older.pool.query(Self.cases)
      let (inserted, changed) = (try await Self.inserted(older.pool), try await Self.changed(older.pool))
      #expect(inserted.count > 2_000 && changed.count > 2_000)
      #expect(try await older.migrate(only: 51) == [51])
      #expect(try await Self.inserted(older.pool) == inserted)
      #expect(try await Self.changed(older.pool) == changed)
    }
  }

  // MARK: cases

  /// Rows with whatever a rule looks at, also such as no statement writes, and what becomes of them. Always the same.
  private static let cases = PostgresQuery(
    script: """
      CREATE FUNCTION one_of(VARIADIC text[]) RETURNS text LANGUAGE sql AS
        'SELECT $1[1 + floor(random() * array_length($1, 1))::integer]';
      DO $$ BEGIN PERFORM setseed(0.5); END $$;
      CREATE TABLE cases AS
      SELECT n, lpad(to_hex(n), 32, '0')::uuid AS id,
        one_of('pending', 'running', 'completed', 'failed', 'cancelled', 'parked') AS status,
        one_of('pending', 'running', 'completed', 'failed', 'cancelled', 'parked') AS new_status,
        one_of('t', 'f', NULL)::boolean AS is_open, one_of('t', 'f', NULL)::boolean AS new_is_open,
        one_of('t', 'f', NULL, NULL)::boolean AS is_unsuccessful,
        one_of('t', NULL, NULL)::boolean AS new_is_unsuccessful,
        one_of('t', 'f')::boolean AS cancel_asked, one_of('t', 'f')::boolean AS new_cancel_asked,
        one_of('t', 'f')::boolean AS awaits_callback, one_of('t', 'f')::boolean AS new_awaits_callback,
        one_of('t', 'f')::boolean AS is_behind, one_of('t', 'f')::boolean AS new_is_behind,
        one_of('{}', NULL)::jsonb AS steps, one_of('{}', NULL)::jsonb AS new_steps,
        one_of('worker_lost', 'unknown_version', NULL) AS error, one_of('worker_lost', NULL) AS new_error,
        one_of('infinity', '2020-01-02')::timestamptz AS run_at,
        one_of('infinity', '2020-01-03')::timestamptz AS new_run_at,
        one_of('2020-01-04', NULL)::timestamptz AS retried_at,
        one_of('2020-01-05', NULL)::timestamptz AS new_retried_at,
        one_of('2020-01-06', now()::text, NULL)::timestamptz AS failing_since,
        one_of('1', '9', '10')::integer AS attempts, one_of('0', '9')::integer AS losses,
        one_of('1', '2')::integer AS version, one_of('0', '0', '1')::integer AS new_claims,
        one_of('care_plan', 'account_erasure') AS type, one_of('new', 'old', 'gone') AS new_worker,
        one_of('t', 'f', 'f')::boolean AS is_ordered, one_of('t', 'f')::boolean AS has_other,
        -- Most statements change few columns.
        floor(random() * 512)::integer & floor(random() * 512)::integer AS written
      FROM generate_series(1, 2000) n;
      -- Where these columns are wrong, the triggers run in any case.
      UPDATE cases SET written = written | 3,
        is_open = status IN ('pending', 'running', 'parked'),
        new_is_open = new_status IN ('pending', 'running', 'parked'),
        is_unsuccessful = CASE WHEN status IN ('failed', 'cancelled') THEN true END,
        new_is_unsuccessful = CASE WHEN new_status IN ('failed', 'cancelled') THEN true END
      WHERE n % 8 > 0;
      INSERT INTO task_workers (worker, lease_until, vocabulary) VALUES ('new', 'infinity', 1), ('old', 'infinity', 0);
      """)

  /// A statement for all of the cases could take longer than one may, on a busy machine.
  private static let parts = 0..<10

  /// Half of the cases that have an ordering key are not the only task of it.
  private static let others = PostgresQuery(
    script: """
      TRUNCATE tasks;
      ALTER TABLE tasks DISABLE TRIGGER USER;
      INSERT INTO tasks (id, type, payload, created_at, run_at, ordering_key, is_behind)
      SELECT ('f' || lpad(to_hex(n), 31, '0'))::uuid, 'care_plan', '{}', '2020-01-08', '2020-01-08', 'key ' || n,
        n % 2 = 0
      FROM cases WHERE is_ordered AND has_other
      """)

  private static let enabling: PostgresQuery = "ALTER TABLE tasks ENABLE TRIGGER USER"

  private static func insertion(_ part: Int) -> PostgresQuery {
    """
    INSERT INTO tasks (id, type, payload, status, created_at, started_at, completed_at, error, run_at, attempts, worker,
      is_open, claims, failing_since, losses, retried_at, cancel_asked, ordering_key, is_behind, payload_version,
      awaits_callback, steps, is_unsuccessful)
    SELECT id, type, '{}', status, '2020-01-01', '2020-01-01', '2020-01-07', error, run_at, attempts, 'w', is_open, 5,
      failing_since, losses, retried_at, cancel_asked, CASE WHEN is_ordered THEN 'key ' || n END, is_behind, version,
      awaits_callback, steps, is_unsuccessful
    FROM cases WHERE n % 10 = \(part) ORDER BY n
    """
  }

  private static func change(_ part: Int) -> PostgresQuery {
    """
    UPDATE tasks SET status = new_status, worker = new_worker, claims = tasks.claims + new_claims,
      is_open = CASE WHEN written & 1 = 0 THEN tasks.is_open ELSE new_is_open END,
      is_unsuccessful = CASE WHEN written & 2 = 0 THEN tasks.is_unsuccessful ELSE new_is_unsuccessful END,
      cancel_asked = CASE WHEN written & 4 = 0 THEN tasks.cancel_asked ELSE new_cancel_asked END,
      awaits_callback = CASE WHEN written & 8 = 0 THEN tasks.awaits_callback ELSE new_awaits_callback END,
      is_behind = CASE WHEN written & 16 = 0 THEN tasks.is_behind ELSE new_is_behind END,
      steps = CASE WHEN written & 32 = 0 THEN tasks.steps ELSE new_steps END,
      error = CASE WHEN written & 64 = 0 THEN tasks.error ELSE new_error END,
      run_at = CASE WHEN written & 128 = 0 THEN tasks.run_at ELSE new_run_at END,
      retried_at = CASE WHEN written & 256 = 0 THEN tasks.retried_at ELSE new_retried_at END
    FROM cases WHERE cases.id = tasks.id AND n % 10 = \(part)
    """
  }

  /// Every row, with moments that are the same each time.
  private static let rows: PostgresQuery = """
    SELECT ROW(tasks.id, tasks.status, tasks.is_open, tasks.is_unsuccessful, tasks.error, tasks.attempts, tasks.worker,
      tasks.claims, tasks.losses, tasks.cancel_asked, tasks.is_behind, tasks.awaits_callback, tasks.steps,
      tasks.created_at < '2021-01-01', tasks.completed_at IS NULL, tasks.completed_at < '2021-01-01',
      tasks.retried_at IS NULL, tasks.retried_at = cases.retried_at, tasks.retried_at = cases.new_retried_at,
      tasks.failing_since IS NULL, tasks.failing_since = cases.failing_since,
      CASE WHEN tasks.run_at < '2021-01-01' OR tasks.run_at = 'infinity' THEN tasks.run_at::text
        WHEN tasks.run_at > statement_timestamp() + interval '50 minutes' THEN 'in an hour' ELSE 'now' END)::text AS row
    FROM tasks LEFT JOIN cases USING (id) ORDER BY tasks.id
    """

  private static func inserted(_ pool: PostgresPool) async throws -> [String] {
    try await pool.transaction { transaction in
      try await transaction.query(others)
      try await transaction.query(enabling)
      for part in parts { try await transaction.query(insertion(part)) }
      return try await transaction.query(rows).rows.map { try $0.get("row", as: String.self) }
    }
  }

  private static func changed(_ pool: PostgresPool) async throws -> [String] {
    try await pool.transaction { transaction in
      try await transaction.query(others)
      for part in parts { try await transaction.query(insertion(part)) }
      try await transaction.query(enabling)
      for part in parts { try await transaction.query(change(part)) }
      return try await transaction.query(rows).rows.map { try $0.get("row", as: String.self) }
    }
  }
}
