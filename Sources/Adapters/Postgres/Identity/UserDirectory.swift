import Domain
import FoundationEssentials
import PostgresDriver

/// Finds the users that an operator names.
public struct UserDirectory: Sendable {
  private let database: any PostgresStatementRunner

  public init(database: any PostgresStatementRunner) { self.database = database }

  /// - Parameter name: an e-mail address in any capitalization, or a user's id.
  /// - Returns: no user, one, or several that share an address which is not assigned to one of them yet.
  public func users(named name: String) async throws -> [UserID] {
    try await database.query(
      """
      SELECT id FROM users WHERE id = \(UserID(name)?.uuid) OR (lower(email) = lower(\(name))
        AND merged_into IS NULL AND deleted_at IS NULL)
      ORDER BY created_at, id
      """
    ).rows.map { UserID(try $0.get("id", as: UUID.self)) }
  }
}
