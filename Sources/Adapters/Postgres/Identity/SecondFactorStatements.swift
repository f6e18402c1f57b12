import Domain
import FoundationEssentials
import PostgresDriver

/// Statements about second factors that other transactions contain, too.
enum SecondFactorStatements {
  /// Removes the user's factor, with its recovery codes.
  /// - Returns: whether the user had a confirmed one.
  @discardableResult
  static func remove(of user: UserID, in session: some PostgresStatementRunner) async throws -> Bool {
    try await session.query(
      "DELETE FROM totp_factors WHERE user_id = \(user.uuid) RETURNING confirmed_at IS NOT NULL AS confirmed"
    ).rows.first?.get("confirmed", as: Bool.self) ?? false
  }

  /// Allows codes again after too many wrong ones.
  static func unlock(_ user: UserID, in session: some PostgresStatementRunner) async throws {
    try await session.query("UPDATE totp_factors SET wrong_codes = 0 WHERE user_id = \(user.uuid)")
  }

  /// Records the change, and publishes it if the account's address is proven.
  static func tell(
    _ user: UserID, isAdded: Bool, by outbox: PostgresOutbox, in transaction: PostgresTransaction
  ) async throws {
    try await SecurityTrail.append(isAdded ? .secondFactorAdded : .secondFactorRemoved, of: user, in: transaction)
    let proven = try await transaction.query(
      "SELECT 1 AS one FROM users WHERE id = \(user.uuid) AND email_verified_at IS NOT NULL")
    if proven.rows.isEmpty { return }
    try await outbox.append(
      SecondFactorChanged(userID: user, changeID: UUID().uuidString.lowercased(), isAdded: isAdded), in: transaction)
  }
}
