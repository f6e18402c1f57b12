import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Recipients, read from the accounts, and the log of the mails that were sent to them.
public struct PostgresMailLog: RecipientDirectory, MailLog {
  private let database: any PostgresSession

  public init(database: any PostgresSession) { self.database = database }

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

  public func wasSent(_ customID: String) async throws -> Bool {
    try await database.query("SELECT 1 AS one FROM sent_mails WHERE custom_id = \(customID)").rows.isEmpty == false
  }

  public func remember(_ customID: String, for user: UserID, messageID: String?) async throws {
    try await database.query(
      """
      INSERT INTO sent_mails (custom_id, user_id, message_id) VALUES (\(customID), \(user.uuid), \(messageID))
      ON CONFLICT (custom_id) DO NOTHING
      """)
  }
}

/// The data of verifications for the verification mail; the auth service owns the rows.
public struct PostgresVerificationReader: VerificationReader {
  private let database: any PostgresSession

  public init(database: any PostgresSession) { self.database = database }

  public func verification(_ id: String, of user: UserID) async throws -> PendingVerification? {
    guard let uuid = UUID(uuidString: id) else { return nil }
    let found = try await database.query(
      """
      SELECT expires_at, used_at IS NOT NULL AS used FROM email_verifications
      WHERE id = \(uuid) AND user_id = \(user.uuid)
      """)
    return try found.rows.first.map { row in
      PendingVerification(expiresAt: try row.get("expires_at"), isUsed: try row.get("used"))
    }
  }
}
