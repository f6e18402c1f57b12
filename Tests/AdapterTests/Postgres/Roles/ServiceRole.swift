import Foundation
import PostgresDriver
import TestInfrastructure

/// The roles that the migrations create.
enum ServiceRole: String, CaseIterable {
  case auth, billing, session, task
  var name: String { "talktime_" + rawValue }
}

/// A migrated database with a connection for each service's role, and one for a role without rights.
struct RoleDatabase: Sendable {
  let owner: PostgresPool
  private let members: [ServiceRole: PostgresPool]
  /// May sign in, and belongs to no service.
  let nobody: PostgresPool
  let nobodyName: String

  subscript(_ role: ServiceRole) -> PostgresPool { members[role] ?? nobody }

  /// Roles belong to the whole server, where other sessions may use them. So the test signs in by its own members of
  /// these roles, which have the same rights and policies, and drops the members afterwards.
  static func with(_ body: @Sendable (RoleDatabase) async throws -> Void) async throws {
    try await withMigratedDatabase { database in
      let suffix = UUID().uuidString.lowercased().prefix(8)
      let nobody = "probe_nobody_\(suffix)"
      var members: [ServiceRole: PostgresPool] = [:]
      for role in ServiceRole.allCases {
        let name = "probe_\(role.rawValue)_\(suffix)"
        members[role] = try await signedIn(name, "IN ROLE \(role.name)", database)
      }
      let roles = RoleDatabase(
        owner: database.pool, members: members, nobody: try await signedIn(nobody, "", database), nobodyName: nobody)
      let result: Result<Void, any Error>
      do { result = .success(try await body(roles)) } catch { result = .failure(error) }
      for pool in Array(members.values) + [roles.nobody] { pool.close() }
      for name in ServiceRole.allCases.map({ "probe_\($0.rawValue)_\(suffix)" }) + [nobody] {
        try await database.pool.query(PostgresQuery(script: "DROP OWNED BY \(name); DROP ROLE \(name)"))
      }
      try result.get()
    }
  }

  private static func signedIn(_ name: String, _ membership: String, _ database: TestDatabase) async throws
    -> PostgresPool
  {
    let password = UUID().uuidString
    try await database.pool.query(
      PostgresQuery(script: "CREATE ROLE \(name) LOGIN INHERIT PASSWORD '\(password)' \(membership)"))
    var parts = URLComponents(string: database.url)
    parts?.user = name
    parts?.password = password
    return try TestDatabase.pool(parts?.string ?? "", 1)
  }
}

extension PostgresPool {
  /// Whether the server refuses the statement because of a missing right: a missing grant, or a policy.
  func refuses(_ statement: String) async throws -> Bool {
    do throws(PostgresError) {
      try await query(PostgresQuery(script: statement))
      return false
    } catch {
      guard case .server("42501", _) = error.kind else { throw error }
      return true
    }
  }

  func count(_ table: String) async throws -> Int {
    try await query(PostgresQuery(script: "SELECT count(*) AS n FROM \(table)")).rows.first?.get("n") ?? -1
  }
}
