import PostgresAdapter
import PostgresDriver
import TestInfrastructure

/// A database for one test, with every migration applied.
func withMigratedDatabase<T: Sendable>(
  connections: Int = 4, _ body: @Sendable (TestDatabase) async throws -> T
) async throws -> T {
  try await TestDatabase.with(connections: connections) { database in
    let migrations = try TestDatabase.migrations().compactMap { Migration(file: $0.name, sql: $0.sql) }
    _ = try await Migrator(pool: database.pool).apply(migrations)
    return try await body(database)
  }
}
