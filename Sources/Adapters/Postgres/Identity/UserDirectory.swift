import Domain
import FoundationEssentials
import PostgresDriver

/// Finds the users whom an operator names.
public struct UserDirectory: Sendable {
  private let database: any PostgresSession

  public init(database: any PostgresSession) { self.database = database }

  /// - Parameter name: an e-mail address, however it is capitalized, or a user's id.
  /// - Returns: none, one, or several who share an address that is not settled yet.
  public func users(named name: String) async throws -> [UserID] {
    try await database.query(
      """
      SELECT id FROM users WHERE id = \(UserID(name)?.uuid) OR (lower(email) = lower(\(name)) AND merged_into IS NULL)
      ORDER BY created_at, id
      """
    ).rows.map { UserID(try $0.get("id", as: UUID.self)) }
  }
}
