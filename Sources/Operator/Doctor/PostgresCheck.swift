import Foundation
import Logging
import PostgresAdapter
import PostgresDriver
import Runtime

/// Whether each address of the database lets us in, and whether it has the tables of this version.
struct PostgresCheck: Sendable {
  let directory: String
  let logger: Logger

  private static let addresses = [
    "DATABASE_ADMIN_URL", "DATABASE_URL", "DATABASE_LISTEN_URL", "AUTH_DATABASE_URL", "BILLING_DATABASE_URL",
    "SESSION_DATABASE_URL", "TASK_DATABASE_URL",
  ]

  func findings() async -> [Finding] {
    let reader = SettingsReader()
    var found: [Finding] = []
    for name in Self.addresses {
      if let url = reader.optional(name, secret: true) { found.append(await signIn(name, url)) }
    }
    if found.isEmpty { found.append(.problem("postgres", "DATABASE_URL is missing")) }
    let owner = reader.optional("DATABASE_ADMIN_URL", secret: true) ?? reader.optional("DATABASE_URL", secret: true)
    if let owner { found += await migrations(owner) }
    return found
  }

  private func with<T: Sendable>(_ url: String, _ body: (PostgresPool) async throws -> T) async throws -> T {
    let pool = try PostgresPool(
      configuration: PostgresConfiguration(
        url: url, applicationName: "talktime-doctor", maximumConnections: 1, statementTimeout: .seconds(5),
        acquireTimeout: .seconds(5)),
      logger: logger)
    defer { pool.close() }
    return try await body(pool)
  }

  /// A service that may do everything is one whose mistakes may do everything.
  private func signIn(_ name: String, _ url: String) async -> Finding {
    do {
      return try await with(url) { pool in
        let result = try await pool.query(
          "SELECT current_user AS name, rolsuper OR rolbypassrls AS is_above FROM pg_roles WHERE rolname = current_user"
        )
        guard let row = result.rows.first else { return .problem("postgres", "\(name) lets in nobody who is known") }
        let (role, isAbove) = (try row.get("name", as: String.self), try row.get("is_above", as: Bool.self))
        if isAbove, name.hasSuffix("_DATABASE_URL") {
          return .problem("postgres", "\(name) signs in as \(role), whom row-level security does not hold")
        }
        return .ok("postgres", "\(name) signs in as \(role)")
      }
    } catch {
      return .problem("postgres", "\(name) cannot be used: \(Self.words(error))")
    }
  }

  private func migrations(_ url: String) async -> [Finding] {
    do {
      let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".sql") }
      let files = try names.sorted().compactMap {
        Migration(file: $0, sql: try String(contentsOfFile: "\(directory)/\($0)", encoding: .utf8))
      }
      let state = try await with(url) { try await Migrator(pool: $0).state(of: files) }
      var found: [Finding] = state.pending.map { .problem("migrations", "\($0) is not applied: talktime migrate") }
      found += state.changed.map { .problem("migrations", "\($0) was applied and has changed since") }
      found += state.unknown.map { .warning("migrations", "\($0) was applied by a newer version") }
      return found.isEmpty ? [.ok("migrations", "all \(files.count) are applied")] : found
    } catch {
      return [.problem("migrations", "they cannot be compared: \(Self.words(error))")]
    }
  }

  private static func words(_ error: any Error) -> String {
    (error as? PostgresError)?.message ?? error.localizedDescription
  }
}
