import Application
import Domain
import PostgresDriver

/// The addresses and names of accounts, for mails to them.
public struct PostgresRecipientDirectory: RecipientDirectory {
  private let database: any PostgresStatementRunner

  public init(database: any PostgresStatementRunner) { self.database = database }

  public func recipient(_ user: UserID) async throws -> Recipient? {
    let result = try await database.query(
      """
      SELECT email, name, email_verified_at IS NOT NULL AS verified FROM users
      WHERE id = \(user.uuid) AND address_problem IS NULL
      """)
    guard let row = result.rows.first else { return nil }
    return Recipient(
      userID: user, email: try row.get("email"), name: try row.get("name"), verified: try row.get("verified"))
  }

  public func isDeleted(_ user: UserID) async throws -> Bool {
    try await !database.query(
      "SELECT 1 AS one FROM users WHERE id = \(user.uuid) AND deleted_at IS NOT NULL"
    ).rows.isEmpty
  }
}
