import Application
import Logging
import PostgresDriver

/// Deletes the rows of a service's tables that are older than their retention, by the store's clock. It works in small
/// batches with a pause after each, so that other statements are not delayed, and in one instance at a time.
public struct PostgresRetention: Sendable {
  private let service: String
  private let database: PostgresPool
  private let policy: [TableRetention]
  private let logger: Logger

  /// - Parameter service: the service that owns the tables, such as `billing`.
  public init(
    service: String, database: PostgresPool, policy: [TableRetention] = Retention.tables, logger: Logger
  ) {
    self.service = service
    self.database = database
    self.policy = policy
    self.logger = logger
  }

  private static let pause = Duration.milliseconds(20)

  /// Cleans each table once. A failure in one table does not stop the others.
  public func runOnce() async {
    for rule in policy where rule.services.contains(service) {
      for expiry in rule.expiries {
        do {
          try await delete(Self.statement(rule, expiry, service: service))
        } catch {
          if Task.isCancelled { return }
          logger.warning("old rows stay", metadata: ["table": "\(rule.table)", "error": "\(error)"])
        }
      }
    }
  }

  private func delete(_ statement: PostgresQuery) async throws {
    while try await deleteBatch(statement) == Retention.batch { try await Task.sleep(for: Self.pause) }
  }

  /// - Returns: the number of deleted rows; nil if another instance is at work.
  private func deleteBatch(_ statement: PostgresQuery) async throws -> Int? {
    let lock = "retention:" + service
    return try await database.transaction { transaction in
      let held = try await transaction.query("SELECT pg_try_advisory_xact_lock(hashtextextended(\(lock), 0)) AS held")
      guard try held.rows.first?.get("held", as: Bool.self) == true else { return nil }
      return try await transaction.query(statement).affectedRows
    }
  }

  /// The names come from the retention policy, never from outside. The condition appears twice, so that a row that is
  /// renewed between the two is checked again and kept. The outer condition is written so that no index can serve it:
  /// the statement then visits only the rows of its batch, and does not scan all old rows again.
  package static func statement(
    _ rule: TableRetention, _ expiry: TableRetention.AgeLimit, service: String
  ) -> PostgresQuery {
    let age = "statement_timestamp() - interval '\(expiry.age.components.seconds) seconds'"
    let own = rule.ownerColumn.map { " AND \($0) = '\(service)'" } ?? ""
    let further = expiry.condition.map { " AND \($0)" } ?? ""
    let condition = "\(expiry.column) < \(age)\(own)\(further)"
    return PostgresQuery(
      stringLiteral: """
        DELETE FROM \(rule.table) WHERE (\(condition)) IS TRUE AND ctid = ANY(ARRAY(
          SELECT ctid FROM \(rule.table) WHERE \(condition) ORDER BY \(expiry.column) LIMIT \(Retention.batch)))
        """)
  }
}
