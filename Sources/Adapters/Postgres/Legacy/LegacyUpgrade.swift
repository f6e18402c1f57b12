import PostgresDriver

/// The result of taking over the Flask deployment's rows.
public struct LegacyReport: Sendable, Equatable {
  public let users: Int
  public let transactions: Int
  public let tasks: Int
  /// One line for each row that could not be taken over unchanged.
  public let problems: [String]

  public init(users: Int, transactions: Int, tasks: Int, problems: [String]) {
    self.users = users
    self.transactions = transactions
    self.tasks = tasks
    self.problems = problems
  }
}

/// Upgrades a database of the Flask deployment. First its tables are moved to the schema `guide`, where they stay
/// unchanged. Then the migrations create this system's tables, and then those are filled. Each step is one transaction
/// that detects whether it is still necessary, so the upgrade may be killed at any point and run again.
public struct LegacyUpgrade: Sendable {
  static let tables = ["users", "transactions", "tasks"]

  private let pool: PostgresPool

  public init(pool: PostgresPool) { self.pool = pool }

  /// Runs before the migrations. Does nothing if the Flask deployment's tables do not (or no longer) occupy the schema.
  /// - Parameter keepingDependents: whether to move the tables even if a view or a foreign key of other software refers
  ///   to them.
  /// - Throws: `LegacyError`, with nothing changed.
  public func setAside(units: LegacyColumnUnits, keepingDependents: Bool = false) async throws {
    try await pool.transaction { transaction in
      try await Migrator.takeTurn(in: transaction)
      guard try await isGuides(transaction) else { return }
      var found: [LegacyTable] = []
      for name in Self.tables {
        guard let table = try await LegacyTable.find(name, in: "public", transaction) else { continue }
        try await transaction.query(PostgresQuery(script: "LOCK TABLE public.\(name) IN ACCESS EXCLUSIVE MODE"))
        try Self.check(table)
        found.append(table)
      }
      if !keepingDependents { try await checkDependents(found, transaction) }
      try await checkUnits(units, found, transaction)
      try await makeSchema(units, transaction)
      for table in found { try await move(table, transaction) }
      try await Migrator.hideNew(in: transaction)
    }
  }

  /// Runs after the migrations. Nil if there is nothing (or nothing more) to take over.
  /// - Throws: `LegacyError`, with nothing taken over.
  public func takeOver(units: LegacyColumnUnits) async throws -> LegacyReport? {
    do {
      return try await pool.transaction { transaction in
        try await Migrator.takeTurn(in: transaction)
        guard let noted = try await notedUnits(transaction) else { return nil }
        let units = LegacyColumnUnits(
          talkTime: units.talkTime ?? noted.talkTime, amount: units.amount ?? noted.amount)
        let report = try await LegacyImport(transaction: transaction, units: units).run()
        try await transaction.query("UPDATE guide.upgrade SET taken_over_at = clock_timestamp()")
        return report
      }
    } catch let error as PostgresError {
      throw LegacyError.failed(error.message)
    }
  }

  /// Whether `users` is the Flask deployment's: its table has a column `talktime`, and its journal has no migration.
  private func isGuides(_ transaction: PostgresTransaction) async throws -> Bool {
    guard let users = try await LegacyTable.find("users", in: "public", transaction), users.has("talktime") else {
      return false
    }
    let journal = try await transaction.query("SELECT to_regclass('public.schema_migrations') IS NOT NULL AS there")
    guard try journal.rows.first?.get("there") == true else { return true }
    let ours = try await transaction.query("SELECT FROM schema_migrations WHERE name = 'identity'")
    return ours.rows.isEmpty
  }

  private static func check(_ table: LegacyTable) throws {
    guard table.type("id") == "uuid" else { throw LegacyError.unreadable("\(table.name).id is not a uuid") }
    guard table.name != "users" || table.has("email") else { throw LegacyError.unreadable("users has no email") }
  }

  /// A view would continue to read the moved table, and a foreign key would continue to require its rows, although no
  /// rows are added to it any more.
  private func checkDependents(_ tables: [LegacyTable], _ transaction: PostgresTransaction) async throws {
    let names = tables.map { "public." + $0.name }
    let found = try await transaction.query(
      """
      WITH guides AS (SELECT name::regclass AS oid FROM unnest(\(names)) AS name)
      SELECT DISTINCT format('%s %s of %s',
          CASE v.relkind WHEN 'm' THEN 'the materialized view' ELSE 'the view' END, v.oid::regclass, g.oid::regclass) AS name
      FROM guides g
      JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = g.oid
        AND d.classid = 'pg_rewrite'::regclass
      JOIN pg_rewrite r ON r.oid = d.objid
      JOIN pg_class v ON v.oid = r.ev_class AND v.oid <> g.oid
      UNION ALL
      SELECT format('the foreign key %s of %s to %s', c.conname, c.conrelid::regclass, g.oid::regclass)
      FROM guides g JOIN pg_constraint c ON c.contype = 'f' AND c.confrelid = g.oid
      WHERE c.conrelid NOT IN (SELECT oid FROM guides)
      ORDER BY 1
      """)
    let dependents = try found.rows.map { row throws -> String in try row.get("name") }
    if !dependents.isEmpty { throw LegacyError.depended(on: dependents) }
  }

  /// A unit is required only if there is a figure that it would affect.
  private func checkUnits(
    _ units: LegacyColumnUnits, _ tables: [LegacyTable], _ transaction: PostgresTransaction
  ) async throws {
    let talkTime = try await stands("users", "talktime", "> 0", tables, transaction)
    let amount = try await stands("transactions", "amount", "<> 0", tables, transaction)
    let missing = (talkTime && units.talkTime == nil, amount && units.amount == nil)
    if missing.0 || missing.1 { throw LegacyError.unitsMissing(talkTime: missing.0, amount: missing.1) }
  }

  private func stands(
    _ name: String, _ column: String, _ condition: String, _ tables: [LegacyTable], _ transaction: PostgresTransaction
  ) async throws -> Bool {
    guard let table = tables.first(where: { $0.name == name }) else { return false }
    let found = try await transaction.query(
      PostgresQuery(
        script: """
          SELECT EXISTS (SELECT FROM (\(table.rows(numbers: [column]))) row
            WHERE CASE WHEN \(column) ~ '\(LegacyTable.number)' THEN \(column)::numeric \(condition) ELSE false END) AS stands
          """))
    return try found.rows.first?.get("stands") ?? false
  }

  private func makeSchema(_ units: LegacyColumnUnits, _ transaction: PostgresTransaction) async throws {
    try await transaction.query(
      PostgresQuery(
        script: """
          CREATE SCHEMA IF NOT EXISTS guide;
          CREATE TABLE guide.upgrade (
            one boolean PRIMARY KEY DEFAULT true CHECK (one), set_aside_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            talktime_unit text, amount_unit text, taken_over_at timestamptz);
          CREATE TABLE guide.problems (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text NOT NULL, row_id uuid NOT NULL, detail text);
          ALTER TABLE guide.upgrade ENABLE ROW LEVEL SECURITY;
          ALTER TABLE guide.problems ENABLE ROW LEVEL SECURITY;
          """))
    try await transaction.query(
      """
      INSERT INTO guide.upgrade (talktime_unit, amount_unit)
      VALUES (\(units.talkTime?.rawValue), \(units.amount?.rawValue))
      """)
  }

  /// Moves the table out of the way and makes it visible to its owner only. Its grants are revoked, because Supabase
  /// grants rights on every table.
  private func move(_ table: LegacyTable, _ transaction: PostgresTransaction) async throws {
    try await transaction.query(
      PostgresQuery(
        script: """
          ALTER TABLE public.\(table.name) SET SCHEMA guide;
          ALTER TABLE guide.\(table.name) ENABLE ROW LEVEL SECURITY;
          REVOKE ALL ON guide.\(table.name) FROM PUBLIC;
          DO $$
          DECLARE name text;
          BEGIN
            FOR name IN SELECT DISTINCT r.rolname FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
              WHERE c.oid = 'guide.\(table.name)'::regclass AND a.grantee <> c.relowner LOOP
              EXECUTE format('REVOKE ALL ON guide.\(table.name) FROM %I', name);
            END LOOP;
          END $$;
          """))
  }

  private func notedUnits(_ transaction: PostgresTransaction) async throws -> LegacyColumnUnits? {
    let table = try await transaction.query("SELECT to_regclass('guide.upgrade') IS NOT NULL AS there")
    guard try table.rows.first?.get("there") == true else { return nil }
    let open = try await transaction.query(
      "SELECT talktime_unit, amount_unit FROM guide.upgrade WHERE taken_over_at IS NULL")
    return try open.rows.first.map { row in
      LegacyColumnUnits(
        talkTime: try row.get("talktime_unit", as: String?.self).flatMap { LegacyTalkTimeUnit(rawValue: $0) },
        amount: try row.get("amount_unit", as: String?.self).flatMap { LegacyAmountUnit(rawValue: $0) })
    }
  }
}
