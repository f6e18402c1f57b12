import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// The data of links for their mails; the auth service owns the rows.
public struct PostgresMailedLinkReader: MailedLinkReader {
  private let database: any PostgresStatementRunner

  public init(database: any PostgresStatementRunner) { self.database = database }

  public func link(_ id: String, of user: UserID) async throws -> MailedLink? {
    guard let uuid = UUID(uuidString: id) else { return nil }
    let found = try await database.query(
      """
      SELECT purpose,
        CASE purpose WHEN \(MailedAccountLinkPurpose.changeEmail.rawValue) THEN new_email ELSE email END AS address
      FROM account_links WHERE id = \(uuid) AND user_id = \(user.uuid)
      """)
    guard let row = found.rows.first, let purpose = MailedAccountLinkPurpose(rawValue: try row.get("purpose")),
      let address = EmailAddress(try row.get("address"))
    else { return nil }
    return MailedLink(purpose: purpose, address: address)
  }
}
