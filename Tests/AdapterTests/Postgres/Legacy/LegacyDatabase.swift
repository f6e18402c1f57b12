import Foundation
import Logging
import PostgresAdapter
import PostgresDriver
import TestInfrastructure
import Testing

/// A database as the legacy deployment creates it.
enum LegacyDatabase {
  static let tables = """
    CREATE EXTENSION IF NOT EXISTS "uuid-ossp";
    CREATE TABLE users (
      id uuid PRIMARY KEY DEFAULT uuid_generate_v4(), email text UNIQUE NOT NULL, password_hash text,
      talktime float DEFAULT 0, created_at timestamp DEFAULT now(), last_login timestamp);
    CREATE TABLE transactions (
      id uuid PRIMARY KEY DEFAULT uuid_generate_v4(), razorpay_order_id text UNIQUE NOT NULL, razorpay_payment_id text,
      razorpay_signature text, user_email text REFERENCES users(email), amount integer, status text DEFAULT 'pending',
      created_at timestamp DEFAULT now());
    CREATE TABLE tasks (
      id uuid PRIMARY KEY DEFAULT uuid_generate_v4(), type text NOT NULL, payload jsonb NOT NULL,
      status text DEFAULT 'pending', created_at timestamp DEFAULT now(), started_at timestamp, completed_at timestamp,
      error text);
    """

  static func with(
    connections: Int = 4, tables: String = tables, _ body: @Sendable (PostgresPool) async throws -> Void
  ) async throws {
    try await TestDatabase.with(connections: 1) { database in
      // The legacy deployment's times are UTC, in any time zone of the server.
      try await database.pool.query(
        PostgresQuery(
          script: """
            DO $$ BEGIN
              EXECUTE format('ALTER DATABASE %I SET timezone TO %L', current_database(), 'Asia/Kolkata');
            END $$
            """))
      // As behind a transaction pooler, where the session's time zone is the server's.
      let pool = try PostgresPool(
        configuration: PostgresConfiguration(
          url: database.url, applicationName: "tests", maximumConnections: connections, preparedStatements: false,
          statementTimeout: .seconds(60), acquireTimeout: .seconds(20)),
        logger: Logger(label: "tests"))
      defer { pool.close() }
      try await pool.query(PostgresQuery(script: tables))
      try await body(pool)
    }
  }

  static func files() throws -> [Migration] {
    try TestDatabase.migrations().compactMap { Migration(file: $0.name, sql: $0.sql) }
  }

  /// Does the work of `talktime migrate`.
  @discardableResult
  static func migrate(_ pool: PostgresPool, _ units: LegacyColumnUnits) async throws -> LegacyReport? {
    let upgrade = LegacyUpgrade(pool: pool)
    try await upgrade.setAside(units: units)
    _ = try await Migrator(pool: pool).apply(try files())
    return try await upgrade.takeOver(units: units)
  }

  /// Every table of this system and of the legacy deployment, with its number of rows.
  static func contents(_ pool: PostgresPool) async throws -> [String: Int] {
    let tables = try await pool.query(
      """
      SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
      """
    ).rows.map { try $0.get("name", as: String.self) }
    var contents: [String: Int] = [:]
    for table in tables {
      let counted = try await pool.query(PostgresQuery(script: "SELECT count(*) AS count FROM \(table)"))
      contents[table] = try counted.rows.first?.get("count", as: Int.self)
    }
    return contents
  }
}

/// A row of the legacy deployment's `users`, and the expected result.
struct LegacyPerson: Sendable {
  let id = UUID()
  var email: String
  var hash: String?
  /// The value as SQL.
  var talkTime: String
  /// Nil if the balance becomes 0 and is listed as a problem.
  var milliseconds: Int64?
  var created: String? = "2024-03-01 10:00:00"
  var lastLogin: String?
  var problem: String?

  func insert(into pool: PostgresPool) async throws {
    try await pool.query(
      PostgresQuery(
        script: """
          INSERT INTO users (id, email, password_hash, talktime, created_at, last_login) VALUES
            ('\(id)', \(Self.literal(email)), \(Self.literal(hash)), \(talkTime), \(Self.literal(created)),
             \(Self.literal(lastLogin)))
          """))
  }

  private static func literal(_ text: String?) -> String {
    text.map { "'\($0.replacing("'", with: "''"))'" } ?? "NULL"
  }
}

/// A thousand users; balances are in minutes.
enum LegacyPeople {
  /// Written by hand: the column's value, and the expected milliseconds.
  static let oddBalances: [(sql: String, milliseconds: Int64?)] = [
    ("0", 0), ("'-0'", 0), ("NULL", nil), ("'NaN'", nil), ("'Infinity'", nil), ("'-Infinity'", nil), ("-1", nil),
    ("-0.000000001", nil), ("1e300", nil), ("150119987580", nil), ("150119987579", 9_007_199_254_740_000),
    ("0.1", 6_000), ("12.5", 750_000), ("0.1::float + 0.2::float", 18_000), ("1.0::float / 3", 20_000),
    ("0.000025", 2), ("0.000175", 11), ("0.0000249999", 1), ("0.000008", 0), ("1e-320", 0),
    ("123456.789012345", 7_407_407_341),
  ]

  static let hashes: [String?] = [
    "scrypt:32768:8:1$52Cd1Q6MKCwLk9AG$a2b00ee68d89a3653cf10a619824da42f96d425f7d857728127ba32e13267118b5655b9a5d07d41d018f4e52ed46361fd0c55a01ba24a6f14d1c026dfa6ea7d4",
    "pbkdf2:sha256:1000$6SZCrsV4fa4QEibv$548340162b5e90fe43abd68f581d0b931c9bbfdf88bb9265884ed2e6c85353d5",
    nil,
  ]

  static func thousand() -> [LegacyPerson] {
    var people = oddBalances.enumerated().map { number, balance in
      LegacyPerson(email: "odd\(number)@example.com", talkTime: balance.sql, milliseconds: balance.milliseconds)
    }
    people += capitals + invalid
    people += (people.count..<1_000).map { number in
      let minutes = Double(number) * 0.37
      return LegacyPerson(
        email: "user\(number)@example.com", hash: hashes[number % 3], talkTime: "\(minutes)",
        milliseconds: milliseconds(minutes))
    }
    return people
  }

  /// The row that was used last gets the address.
  private static let capitals = [
    LegacyPerson(
      email: "asha@example.com", talkTime: "1", milliseconds: 60_000, created: "2024-01-01 00:00:00",
      lastLogin: "2024-05-01 00:00:00", problem: "duplicate"),
    LegacyPerson(
      email: "Asha@Example.com", talkTime: "2", milliseconds: 120_000, created: "2023-01-01 00:00:00",
      lastLogin: "2024-05-01 00:00:01"),
    LegacyPerson(
      email: "ASHA@EXAMPLE.COM", talkTime: "3", milliseconds: 180_000, created: "2024-04-30 00:00:00",
      problem: "duplicate"),
    // For a user who never signed in, the sign-up counts.
    LegacyPerson(
      email: "Ravi@example.com", talkTime: "0", milliseconds: 0, created: "2024-06-01 00:00:00"),
    LegacyPerson(
      email: "ravi@example.com", talkTime: "0", milliseconds: 0, created: "2024-01-01 00:00:00",
      lastLogin: "2024-02-01 00:00:00", problem: "duplicate"),
    LegacyPerson(
      email: "RAVI@example.com", talkTime: "0", milliseconds: 0, created: nil, lastLogin: nil, problem: "duplicate"),
  ]

  private static let invalid = [
    "no-at-sign", "two@@example.com", "", "a@b", "größe@example.com", "x@\(String(repeating: "y", count: 300)).com",
    "quo\"te@example.com", "line\nbreak@example.com",
  ].map { LegacyPerson(email: $0, talkTime: "1", milliseconds: 60_000, problem: "invalid") }

  /// Computed with another library's decimals, halves away from zero.
  private static func milliseconds(_ minutes: Double) -> Int64? {
    guard var exact = Decimal(string: "\(minutes)").map({ $0 * 60_000 }) else { return nil }
    var rounded = Decimal()
    NSDecimalRound(&rounded, &exact, 0, .plain)
    return NSDecimalNumber(decimal: rounded).int64Value
  }
}
