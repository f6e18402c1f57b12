import PostgresAdapter
import PostgresDriver
import TestInfrastructure

/// A database as it was before a migration.
struct OlderDatabase: Sendable {
  let pool: PostgresPool
  /// All files, also those that are applied.
  fileprivate let migrations: [Migration]

  /// Applies what is left.
  func migrate() async throws { _ = try await Migrator(pool: pool).apply(migrations) }

  /// Applies one migration.
  /// - Returns: its number, if it was not applied yet.
  func migrate(only number: Int) async throws -> [Int] {
    try await Migrator(pool: pool).apply(migrations.filter { $0.number == number })
  }
}

/// A database for one test, with every migration that comes before this number.
func withDatabase<T: Sendable>(
  before migration: Int, _ body: @Sendable (OlderDatabase) async throws -> T
) async throws -> T {
  try await TestDatabase.with(connections: 2) { database in
    let migrations = try TestDatabase.migrations().compactMap { Migration(file: $0.name, sql: $0.sql) }
    _ = try await Migrator(pool: database.pool).apply(migrations.filter { $0.number < migration })
    return try await body(OlderDatabase(pool: database.pool, migrations: migrations))
  }
}
