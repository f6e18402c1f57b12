import PostgresAdapter
import PostgresDriver
import TestInfrastructure
import Testing

/// The database of a Supabase project also belongs to other software.
@Suite("Migrations on Supabase", .serialized)
struct SupabaseTests {
  /// Roles and default privileges as Supabase creates them, and objects of other software.
  private static let project = """
    CREATE ROLE anon NOLOGIN; CREATE ROLE authenticated NOLOGIN; CREATE ROLE service_role NOLOGIN BYPASSRLS;
    GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated, service_role;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO anon, authenticated, service_role;
    CREATE TABLE public.notes (id bigserial PRIMARY KEY, text text);
    REVOKE ALL ON public.notes FROM anon; GRANT SELECT ON public.notes TO anon;
    ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
    CREATE POLICY everybody ON public.notes FOR SELECT TO anon USING (true);
    CREATE FUNCTION public.note_count() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM public.notes';
    """

  /// A column for each right of a role on an object of other software.
  private static let others = """
    SELECT has_table_privilege('anon', 'public.notes', 'SELECT') AND NOT has_table_privilege('anon', 'public.notes', 'INSERT')
        AND has_table_privilege('authenticated', 'public.notes', 'INSERT') AS "table",
      has_function_privilege('anon', 'public.note_count()', 'EXECUTE') AS "function",
      has_sequence_privilege('anon', 'public.notes_id_seq', 'USAGE') AS "sequence",
      EXISTS (SELECT FROM pg_policies WHERE tablename = 'notes' AND policyname = 'everybody') AS "policy"
    """

  /// Objects of this system on which a role of the REST API, or PUBLIC, has any right.
  private static let open = """
    SELECT c.oid::regclass || ' ' || coalesce(r.rolname, 'PUBLIC') AS what
    FROM pg_class c JOIN LATERAL aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a ON true
      LEFT JOIN pg_roles r ON r.oid = a.grantee
    WHERE c.relnamespace IN ('public'::regnamespace, to_regnamespace('guide')) AND c.relkind IN ('r', 'v', 'S')
      AND c.relname NOT IN ('notes', 'notes_id_seq', 'later', 'later_id_seq', 'addresses')
      AND (a.grantee = 0 OR r.rolname IN ('anon', 'authenticated'))
    UNION ALL
    SELECT p.oid::regprocedure || ' ' || coalesce(r.rolname, 'PUBLIC')
    FROM pg_proc p JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a ON true
      LEFT JOIN pg_roles r ON r.oid = a.grantee
    WHERE p.pronamespace = 'public'::regnamespace AND p.proname <> 'note_count' AND p.proname NOT LIKE 'uuid%'
      AND (a.grantee = 0 OR r.rolname IN ('anon', 'authenticated'))
    ORDER BY 1
    """

  private func words(_ pool: PostgresPool, _ sql: String) async throws -> [String] {
    try await pool.query(PostgresQuery(script: sql)).rows.map { try $0.get("what") }
  }

  private func check(_ pool: PostgresPool) async throws {
    let row = try #require(try await pool.query(PostgresQuery(script: Self.others)).rows.first)
    for column in ["table", "function", "sequence", "policy"] {
      #expect(try row.get(column, as: Bool.self), "\(column)")
    }
    #expect(try await words(pool, Self.open) == [])
    // The default privileges of the project still apply to what is created later.
    try await pool.query(
      PostgresQuery(script: "CREATE TABLE IF NOT EXISTS public.later (id bigserial PRIMARY KEY, text text)"))
    let later = try await pool.query(
      """
      SELECT has_table_privilege('anon', 'public.later', 'INSERT') AND
        has_sequence_privilege('authenticated', 'public.later_id_seq', 'USAGE') AS open
      """
    ).rows.first
    #expect(try later?.get("open", as: Bool.self) == true)
    // The owner and the services still have their rights.
    let ours = try await pool.query("SELECT has_table_privilege('talktime_task', 'tasks', 'UPDATE') AS open").rows.first
    #expect(try ours?.get("open", as: Bool.self) == true)
  }

  @Test("migrations change nothing of Supabase's, and our tables are not exposed")
  func untouched() async throws {
    try await PrivatePostgres.with { server in
      let owner = try TestDatabase.pool(try server.url(), 2, patience: .seconds(60))
      defer { owner.close() }
      try await owner.query(PostgresQuery(script: Self.project))
      let files = try LegacyDatabase.files()
      _ = try await Migrator(pool: owner).apply(files)
      try await check(owner)
      try await owner.query("INSERT INTO tasks (type, payload) VALUES ('x', '{}')")
      await #expect(throws: PostgresError.self) { try await owner.query("DELETE FROM ledger") }
    }
  }

  @Test("objects that depend on the legacy deployment's tables are named before anything is moved")
  func dependents() async throws {
    try await PrivatePostgres.with { server in
      let owner = try TestDatabase.pool(try server.url(), 2, patience: .seconds(60))
      defer { owner.close() }
      try await owner.query(PostgresQuery(script: Self.project + LegacyDatabase.tables))
      try await owner.query(
        PostgresQuery(
          script: """
            CREATE VIEW addresses AS SELECT email FROM users;
            ALTER TABLE notes ADD COLUMN author uuid REFERENCES users (id);
            """))
      let upgrade = LegacyUpgrade(pool: owner)
      let named = LegacyError.depended(on: [
        "the foreign key notes_author_fkey of notes to users", "the view addresses of users",
      ])
      await #expect(throws: named) { try await upgrade.setAside(units: LegacyColumnUnits()) }
      #expect(try await words(owner, "SELECT nspname AS what FROM pg_namespace WHERE nspname = 'guide'") == [])
      try await upgrade.setAside(units: LegacyColumnUnits(), keepingDependents: true)
      _ = try await Migrator(pool: owner).apply(try LegacyDatabase.files())
      _ = try await upgrade.takeOver(units: LegacyColumnUnits())
      try await check(owner)
    }
  }

  @Test("a database with the first version of the first file continues, and one with a changed file does not")
  func former() async throws {
    try await TestDatabase.with(connections: 1) { database in
      let files = try LegacyDatabase.files()
      let migrator = Migrator(pool: database.pool)
      _ = try await migrator.apply(files)
      try await database.pool.query(
        """
        UPDATE schema_migrations SET checksum = '3a1d93d11f93f679f03797739aa26bbfb6a931e84f12f21c9baff1231ed3cbf6'
        WHERE number = 1
        """)
      #expect(try await migrator.apply(files).isEmpty)
      #expect(try await migrator.state(of: files) == Migrator.State(pending: [], changed: [], unknown: []))
      try await database.pool.query("UPDATE schema_migrations SET checksum = 'other' WHERE number = 1")
      await #expect(throws: MigrationError.changed(number: 1, name: "foundation")) { try await migrator.apply(files) }
    }
  }
}
