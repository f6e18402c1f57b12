import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// The data of verifications for the verification mail; the auth service owns the rows.
public struct PostgresVerificationReader: VerificationReader {
  private let database: any PostgresSession

  public init(database: any PostgresSession) { self.database = database }

  public func verification(_ id: String, of user: UserID) async throws -> PendingVerification? {
    guard let uuid = UUID(uuidString: id) else { return nil }
    let found = try await database.query(
      """
      SELECT expires_at, used_at IS NOT NULL AS used FROM account_links
      WHERE id = \(uuid) AND user_id = \(user.uuid) AND purpose = \(AccountLinkPurpose.verifyEmail.rawValue)
      """)
    return try found.rows.first.map { row in
      PendingVerification(expiresAt: try row.get("expires_at"), isUsed: try row.get("used"))
    }
  }
}
