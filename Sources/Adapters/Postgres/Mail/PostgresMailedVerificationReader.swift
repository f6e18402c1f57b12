import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// The data of verifications for the verification mail; the auth service owns the rows.
public struct PostgresMailedVerificationReader: MailedVerificationReader {
  private let database: any PostgresStatementRunner

  public init(database: any PostgresStatementRunner) { self.database = database }

  public func verification(_ id: String, of user: UserID) async throws -> MailedVerification? {
    guard let uuid = UUID(uuidString: id) else { return nil }
    let found = try await database.query(
      """
      SELECT expires_at, used_at IS NOT NULL AS used, expires_at > statement_timestamp() AS open FROM account_links
      WHERE id = \(uuid) AND user_id = \(user.uuid) AND purpose = \(MailedAccountLinkPurpose.verifyEmail.rawValue)
      """)
    return try found.rows.first.map { row in
      MailedVerification(expiresAt: try row.get("expires_at"), isUsed: try row.get("used"), isOpen: try row.get("open"))
    }
  }
}
