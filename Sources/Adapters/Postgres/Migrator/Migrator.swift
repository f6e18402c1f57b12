import PostgresDriver

/// One numbered file of SQL.
public struct Migration: Sendable, Equatable {
  public let number: Int
  public let name: String
  public let sql: String

  /// - Parameter file: such as `0003_wallet.sql`; nil for a name that does not begin with four digits.
  public init?(file: String, sql: String) {
    guard let match = file.wholeMatch(of: #/(\d{4})_([a-z0-9_]+)\.sql/#), let number = Int(match.1) else { return nil }
    self.number = number
    name = String(match.2)
    self.sql = sql
  }
}

public enum MigrationError: Error, Equatable, CustomStringConvertible {
  /// A file that was applied has been edited since.
  case changed(number: Int, name: String)
  case failed(number: Int, name: String, message: String)

  public var description: String {
    switch self {
    case .changed(let number, let name): "migration \(number) (\(name)) was applied and has changed since"
    case .failed(let number, let name, let message): "migration \(number) (\(name)) failed: \(message)"
    }
  }
}

/// Applies what was not applied yet, each file in a transaction of its own, under one advisory lock.
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

  /// How a database stands to the files; each is named as its file is.
  public struct State: Sendable, Equatable {
    public let pending: [String]
    public let changed: [String]
    /// Applied, and not among the files.
    public let unknown: [String]

    public init(pending: [String], changed: [String], unknown: [String]) {
      self.pending = pending
      self.changed = changed
      self.unknown = unknown
    }
  }

  /// Changes nothing.
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
      if try sum.rows.first?.get("checksum", as: String.self) != known.checksum {
        changed.append(name(migration.number, migration.name))
      }
    }
    return State(
      pending: pending, changed: changed,
      unknown: applied.sorted { $0.key < $1.key }.map { name($0.key, $0.value.name) })
  }

  /// IF NOT EXISTS alone does not keep two who look at the same moment from creating the table twice.
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
    }
  }

  static func takeTurn(in transaction: PostgresTransaction) async throws {
    try await transaction.query("SELECT pg_advisory_xact_lock(hashtextextended('talktime:migrations', 0))")
  }

  /// The server computes the checksum, so that whoever applies need not.
  private func apply(_ migration: Migration) async throws -> Bool {
    try await pool.transaction { transaction in
      try await Self.takeTurn(in: transaction)
      let known = try await transaction.query(
        """
        SELECT checksum = encode(sha256(convert_to(\(migration.sql), 'UTF8')), 'hex') AS same
        FROM schema_migrations WHERE number = \(migration.number)
        """)
      if let row = known.rows.first {
        guard try row.get("same", as: Bool.self) else {
          throw MigrationError.changed(number: migration.number, name: migration.name)
        }
        return false
      }
      do {
        try await transaction.query(PostgresQuery(script: migration.sql))
      } catch let error as PostgresError {
        throw MigrationError.failed(number: migration.number, name: migration.name, message: error.message)
      }
      try await transaction.query(
        """
        INSERT INTO schema_migrations (number, name, checksum)
        VALUES (\(migration.number), \(migration.name), encode(sha256(convert_to(\(migration.sql), 'UTF8')), 'hex'))
        """)
      return true
    }
  }

  /// Lets the services' roles sign in with one password each; for a database of one's own.
  public func setPasswords(_ password: String) async throws {
    for role in ["talktime_auth", "talktime_billing", "talktime_session", "talktime_task"] {
      let quoted = try await pool.query(
        "SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', \(role), \(password)) AS text")
      guard let row = quoted.rows.first else { continue }
      try await pool.query(PostgresQuery(script: try row.get("text")))
    }
  }
}
