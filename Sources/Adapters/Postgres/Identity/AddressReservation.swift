import Application
import Domain
import PostgresDriver

/// Keeps an address for the account that changed away from it, as long as the mailed undo link is valid. Otherwise a
/// thief who changed the address could register the old one and so block the undoing.
enum AddressReservation {
  /// Makes a change away from an address and a new use of the address wait for each other, until the transaction ends.
  static func lock(_ address: String, in transaction: PostgresTransaction) async throws {
    try await transaction.query("SELECT pg_advisory_xact_lock(hashtextextended('address:' || lower(\(address)), 0))")
  }

  /// - Parameter user: the account that is to have the address; nil for a new one.
  /// - Throws: `emailTaken` if the address is kept for another account.
  static func demand(_ email: EmailAddress, for user: UserID?, in transaction: PostgresTransaction) async throws {
    try await lock(email.text, in: transaction)
    let kept = try await transaction.query(
      """
      SELECT 1 AS one FROM account_links
      WHERE purpose = 'undo-email-change' AND lower(email) = \(email.canonical) AND used_at IS NULL
        AND expires_at > statement_timestamp() AND user_id IS DISTINCT FROM \(user?.uuid) LIMIT 1
      """)
    if !kept.rows.isEmpty { throw IdentityError.emailTaken }
  }
}
