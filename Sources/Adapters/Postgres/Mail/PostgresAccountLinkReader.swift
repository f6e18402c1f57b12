import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// The data of links for their mails; the auth service owns the rows.
public struct PostgresAccountLinkReader: AccountLinkReader {
  private let database: any PostgresSession

  public init(database: any PostgresSession) { self.database = database }

  public func link(_ id: String, of user: UserID) async throws -> MailedLink? {
    guard let uuid = UUID(uuidString: id) else { return nil }
    let found = try await database.query(
      """
      SELECT purpose, expires_at, used_at IS NULL AND expires_at > statement_timestamp() AS open,
        CASE purpose WHEN \(AccountLinkPurpose.changeEmail.rawValue) THEN new_email ELSE email END AS address
      FROM account_links WHERE id = \(uuid) AND user_id = \(user.uuid)
      """)
    guard let row = found.rows.first, let purpose = AccountLinkPurpose(rawValue: try row.get("purpose")),
      let address = EmailAddress(try row.get("address"))
    else { return nil }
    return MailedLink(
      purpose: purpose, address: address, expiresAt: try row.get("expires_at"), isOpen: try row.get("open"))
  }
}
