import Foundation
import Logging
import PostgresDriver

public struct MissingSetting: Error, CustomStringConvertible {
  let name: String
  public var description: String { "\(name) is not set: start the tests with ./dev test" }
}

public func setting(_ name: String) throws -> String {
  guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else { throw MissingSetting(name: name) }
  return value
}

/// A database for one test, dropped afterwards.
public struct TestDatabase: Sendable {
  public let url: String
  public let pool: PostgresPool

  /// Runs the body with a new database.
  public static func with<T: Sendable>(
    connections: Int = 8, _ body: @Sendable (TestDatabase) async throws -> T
  ) async throws -> T {
    let admin = try setting("TEST_DATABASE_URL")
    let name = "test_" + UUID().uuidString.lowercased().replacing("-", with: "")
    let owner = try pool(admin, 1, patience: .seconds(60))
    _ = try await turns.taking { try await owner.query(PostgresQuery(script: "CREATE DATABASE \(name)")) }
    guard var parts = URLComponents(string: admin) else { throw MissingSetting(name: "TEST_DATABASE_URL") }
    parts.path = "/\(name)"
    let url = parts.string ?? ""
    let database = TestDatabase(url: url, pool: try pool(url, connections))
    let result: Result<T, any Error>
    do { result = .success(try await body(database)) } catch { result = .failure(error) }
    database.pool.close()
    _ = try await turns.taking { try await owner.query(PostgresQuery(script: "DROP DATABASE \(name) WITH (FORCE)")) }
    owner.close()
    return try result.get()
  }

  /// Each of these makes the server flush everything, so many at once would delay each other.
  private static let turns = Turns(2)

  public static func pool(
    _ url: String, _ connections: Int, patience: Duration = .seconds(5)
  ) throws -> PostgresPool {
    try PostgresPool(
      configuration: PostgresConfiguration(
        url: url, applicationName: "tests", maximumConnections: connections, statementTimeout: patience,
        acquireTimeout: .seconds(20)),
      logger: Logger(label: "tests"))
  }

  /// The files of `Migrations`, by name.
  public static func migrations() throws -> [(name: String, sql: String)] {
    let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Migrations").path
    return try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".sql") }.sorted()
      .map { ($0, try String(contentsOfFile: "\(directory)/\($0)", encoding: .utf8)) }
  }
}
