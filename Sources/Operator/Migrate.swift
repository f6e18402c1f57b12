import ArgumentParser
import Foundation
import PostgresAdapter

struct Migrate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Applies the migrations that the database does not have yet; one made by the guide is upgraded in place.")

  @OptionGroup var database: DatabaseOptions
  @Flag(help: "Also where views or keys that are not the guide's refer to its tables.") var keepDependents = false
  @Option(help: "Where the numbered files are.") var directory = "Migrations"
  @Option(
    help: """
      Also lets the services' roles sign in with the password in this file (- for the standard input); for a database of \
      one's own.
      """)
  var servicePasswordFile: String?

  func run() async throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".sql") }.sorted()
    let migrations = try names.map { name in
      guard
        let migration = Migration(file: name, sql: try String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8))
      else { throw ValidationError("\(name) is not named NNNN_name.sql") }
      return migration
    }
    let password = try servicePasswordFile.map(Self.password)
    let pool = try database.pool()
    defer { pool.close() }
    let (migrator, upgrade) = (Migrator(pool: pool), LegacyUpgrade(pool: pool))
    let units = try await LegacyColumnUnitsPrompt.setAside(upgrade, keepingDependents: keepDependents)
    let applied = try await migrator.apply(migrations)
    let report = try await upgrade.takeOver(units: units)
    try await migrator.setLimits()
    if let password { try await migrator.setPasswords(password) }
    print(
      applied.isEmpty
        ? "up to date (\(migrations.count) migrations)" : applied.map { "applied \($0)" }.joined(separator: "\n"))
    if let report { Self.tell(report) }
  }

  /// Reads the password from a file: every user of the machine can see a command's arguments.
  private static func password(in path: String) throws -> String {
    let text = path == "-" ? readLine() : try String(contentsOfFile: path, encoding: .utf8)
    let password = text?.trimmingCharacters(in: .newlines) ?? ""
    guard !password.isEmpty else { throw ValidationError("\(path) holds no password") }
    return password
  }

  private static func tell(_ report: LegacyReport) {
    print(
      "taken over from the guide: \(report.users) users, \(report.transactions) transactions, \(report.tasks) tasks;",
      "its tables stay as they were in the schema guide")
    for problem in report.problems { print("! \(problem)") }
  }
}
