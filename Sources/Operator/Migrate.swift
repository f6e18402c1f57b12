import ArgumentParser
import Foundation
import PostgresAdapter

struct Migrate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Applies the migrations that the database does not have yet.")

  @OptionGroup var database: DatabaseOptions
  @Option(help: "Where the numbered files are.") var directory = "Migrations"
  @Option(help: "Also lets the services' roles sign in with this password; for a database of one's own.")
  var servicePassword: String?

  func run() async throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".sql") }.sorted()
    let migrations = try names.map { name in
      guard
        let migration = Migration(file: name, sql: try String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8))
      else { throw ValidationError("\(name) is not named NNNN_name.sql") }
      return migration
    }
    let pool = try database.pool()
    let migrator = Migrator(pool: pool)
    let applied = try await migrator.apply(migrations)
    if let servicePassword { try await migrator.setPasswords(servicePassword) }
    print(
      applied.isEmpty
        ? "up to date (\(migrations.count) migrations)" : applied.map { "applied \($0)" }.joined(separator: "\n"))
    pool.close()
  }
}
