import Application
import Domain
import PostgresDriver

/// The log of the mails that were sent.
public struct PostgresMailLog: MailLog {
  private let database: any PostgresStatementRunner

  public init(database: any PostgresStatementRunner) { self.database = database }

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
