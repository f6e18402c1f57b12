import Application
import Domain
import PostgresDriver

public struct PostgresDeletedAccountReader: DeletedAccountReader {
  private let database: any PostgresStatementRunner

  public init(database: any PostgresStatementRunner) { self.database = database }

  public func isDeleted(_ user: UserID) async throws -> Bool {
    let found = try await database.query(
      "SELECT 1 AS deleted FROM users WHERE id = \(user.uuid) AND deleted_at IS NOT NULL")
    return !found.rows.isEmpty
  }
}
