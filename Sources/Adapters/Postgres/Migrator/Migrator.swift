import FoundationEssentials
import PostgresDriver

/// One numbered file of SQL.
public struct Migration: Sendable, Equatable {
  public let number: Int
  public let name: String
  public let sql: String

  /// SHA-256 of earlier texts of a file. They had the same effect on this system's objects, and some databases applied
  /// them before the file got its current text.
  static let former: [Int: Set<String>] = [
    // It also revoked the rights of Supabase's roles on tables of other software.
    1: ["3a1d93d11f93f679f03797739aa26bbfb6a931e84f12f21c9baff1231ed3cbf6"]
  ]

  func wasApplied(as checksum: String, now present: String) -> Bool {
    checksum == present || Self.former[number]?.contains(checksum) == true
  }

  /// - Parameter file: such as `0003_wallet.sql`; nil if the name does not begin with four digits.
  public init?(file: String, sql: String) {
    guard let match = file.wholeMatch(of: #/(\d{4})_([a-z0-9_]+)\.sql/#), let number = Int(match.1) else { return nil }
    self.number = number
    name = String(match.2)
    self.sql = sql
  }
}

public enum MigrationError: Error, Equatable, CustomStringConvertible {
  /// An applied file was edited afterwards.
  case changed(number: Int, name: String)
  case failed(number: Int, name: String, message: String)

  public var description: String {
    switch self {
    case .changed(let number, let name): "migration \(number) (\(name)) was applied and has changed since"
    case .failed(let number, let name, let message): "migration \(number) (\(name)) failed: \(message)"
    }
  }
}

/// Applies the files that were not applied yet, each in its own transaction, under one advisory lock.
public struct Migrator: Sendable {
  private let pool: PostgresPool

  public init(pool: PostgresPool) { self.pool = pool }

  /// - Returns: the numbers of the files that were applied now.
  public func apply(_ migrations: [Migration]) async throws -> [Int] {
    try await createJournal()
    var applied: [Int] = []
    for migration in migrations.sorted(by: { $0.number < $1.number }) {
      if try await apply(migration) { applied.append(migration.number) }
    }
    return applied
  }

  /// The database's state compared with the files, each named by its file name.
  public struct State: Sendable, Equatable {
    public let pending: [String]
    public let changed: [String]
    /// Files that were applied and do not exist here.
    public let unknown: [String]

    public init(pending: [String], changed: [String], unknown: [String]) {
      self.pending = pending
      self.changed = changed
      self.unknown = unknown
    }
  }

  /// Reads the state without changing anything.
  public func state(of migrations: [Migration]) async throws -> State {
    func name(_ number: Int, _ name: String) -> String {
      String(repeating: "0", count: max(0, 4 - String(number).count)) + "\(number)_\(name)"
    }
    var applied: [Int: (name: String, checksum: String)] = [:]
    let journal = try await pool.query("SELECT to_regclass('schema_migrations') IS NOT NULL AS is_there")
    if try journal.rows.first?.get("is_there", as: Bool.self) == true {
      for row in try await pool.query("SELECT number, name, checksum FROM schema_migrations ORDER BY number").rows {
        applied[try row.get("number")] = (try row.get("name"), try row.get("checksum"))
      }
    }
    var (pending, changed): ([String], [String]) = ([], [])
    for migration in migrations.sorted(by: { $0.number < $1.number }) {
      guard let known = applied.removeValue(forKey: migration.number) else {
        pending.append(name(migration.number, migration.name))
        continue
      }
      let sum = try await pool.query("SELECT encode(sha256(convert_to(\(migration.sql), 'UTF8')), 'hex') AS checksum")
      let present = try sum.rows.first?.get("checksum", as: String.self) ?? ""
      if !migration.wasApplied(as: known.checksum, now: present) {
        changed.append(name(migration.number, migration.name))
      }
    }
    return State(
      pending: pending, changed: changed,
      unknown: applied.sorted { $0.key < $1.key }.map { name($0.key, $0.value.name) })
  }

  /// IF NOT EXISTS alone does not prevent two processes at the same moment from both creating the table.
  private func createJournal() async throws {
    try await pool.transaction { transaction in
      try await Self.takeTurn(in: transaction)
      try await transaction.query(
        PostgresQuery(
          script: """
            CREATE TABLE IF NOT EXISTS schema_migrations (
              number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
              applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
            );
            ALTER TABLE schema_migrations ENABLE ROW LEVEL SECURITY;
            """))
      try await Self.hideNew(in: transaction)
    }
  }

  static func takeTurn(in transaction: PostgresTransaction) async throws {
    try await transaction.query("SELECT pg_advisory_xact_lock(hashtextextended('talktime:migrations', 0))")
  }

  /// The server computes the checksum, so that no other tool has to.
  private func apply(_ migration: Migration) async throws -> Bool {
    try await pool.transaction { transaction in
      try await Self.takeTurn(in: transaction)
      let known = try await transaction.query(
        """
        SELECT checksum, encode(sha256(convert_to(\(migration.sql), 'UTF8')), 'hex') AS present
        FROM schema_migrations WHERE number = \(migration.number)
        """)
      if let row = known.rows.first {
        guard migration.wasApplied(as: try row.get("checksum"), now: try row.get("present")) else {
          throw MigrationError.changed(number: migration.number, name: migration.name)
        }
        return false
      }
      do {
        try await transaction.query(PostgresQuery(script: migration.sql))
      } catch let error as PostgresError {
        throw MigrationError.failed(number: migration.number, name: migration.name, message: error.message)
      }
      try await Self.hideNew(in: transaction)
      try await transaction.query(
        """
        INSERT INTO schema_migrations (number, name, checksum)
        VALUES (\(migration.number), \(migration.name), encode(sha256(convert_to(\(migration.sql), 'UTF8')), 'hex'))
        """)
      return true
    }
  }

  /// Hides the objects of this transaction from PUBLIC and from the two roles of Supabase's REST API, whatever the
  /// database's default privileges grant them. Changes nothing for other software: neither the default privileges nor a
  /// right on an object that existed before or is created later.
  static func hideNew(in transaction: PostgresTransaction) async throws {
    try await transaction.query(
      PostgresQuery(
        script: """
          DO $$
          DECLARE present xid := (pg_current_xact_id()::text::bigint % 4294967296)::text::xid;
          DECLARE made text;
          DECLARE hidden text := 'PUBLIC';
          BEGIN
            SELECT string_agg(name, ', ') INTO hidden FROM (
              SELECT 'PUBLIC' AS name UNION ALL
              SELECT quote_ident(rolname) FROM pg_roles WHERE rolname IN ('anon', 'authenticated')) names;
            FOR made IN
              SELECT format(CASE WHEN relkind = 'S' THEN 'SEQUENCE %s' ELSE 'TABLE %s' END, oid::regclass) FROM pg_class
              WHERE xmin = present AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND relpersistence <> 't'
              UNION ALL SELECT format('ROUTINE %s', oid::regprocedure) FROM pg_proc WHERE xmin = present
            LOOP
              EXECUTE format('REVOKE ALL ON %s FROM %s', made, hidden);
            END LOOP;
          END $$;
          """))
  }

  private static let roles = ["talktime_auth", "talktime_billing", "talktime_session", "talktime_task"]

  /// The settings with which a session of a service's role begins in this database. A pooler does not pass on a
  /// client's startup options, so only settings of the role work behind every pooler.
  private static let limits = [
    ("statement_timeout", "5s"), ("idle_in_transaction_session_timeout", "30s"), ("TimeZone", "UTC"), ("jit", "off"),
  ]

  public func setLimits() async throws {
    for role in Self.roles {
      for (name, value) in Self.limits {
        let open = try await pool.query(
          """
          SELECT format('ALTER ROLE %I IN DATABASE %I SET %I = %L', r.rolname, current_database(), \(name), \(value))
            AS text FROM pg_roles r
          WHERE r.rolname = \(role) AND NOT EXISTS (
            SELECT FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
            WHERE s.setrole = r.oid AND d.datname = current_database()
              AND s.setconfig @> ARRAY[\(name + "=" + value)])
          """)
        guard let row = open.rows.first else { continue }
        try await pool.query(PostgresQuery(script: try row.get("text")))
      }
    }
  }

  /// Lets the services' roles sign in with one shared password; for a private database.
  public func setPasswords(_ password: String) async throws {
    for role in Self.roles {
      let quoted = try await pool.query(
        "SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', \(role), \(password)) AS text")
      guard let row = quoted.rows.first else { continue }
      try await pool.query(PostgresQuery(script: try row.get("text")))
    }
  }
}
