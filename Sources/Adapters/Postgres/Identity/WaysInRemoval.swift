import Domain
import FoundationEssentials
import PostgresDriver

/// Removes ways to sign in that somebody else may have added, in the transaction of the change that proves the owner.
/// A choice of what mails about care plans hold is set back, too: it may be another's, and may open or
/// silence these mails.
/// Each removal is recorded in the trail, and told by one mail. Call it after the account's row is locked, and before
/// the devices are ended: a sign-in that is in progress either has its device by then, or finds its passkey gone.
struct WaysInRemoval {
  let user: UserID
  let cause: WaysInRemovalCause
  let outbox: PostgresOutbox

  /// Removes all of them but the password, and an operator's rights: whoever enrols the next app or passkey is not
  /// known to be the operator.
  func all(in transaction: PostgresTransaction) async throws {
    let passkeys = try await transaction.query("DELETE FROM passkeys WHERE user_id = \(user.uuid)").affectedRows
    let hadApp = try await SecondFactorStatements.remove(of: user, in: transaction)
    let google = try await transaction.query(
      """
      UPDATE users SET google_sub = NULL, google_linked_at = NULL WHERE id = \(user.uuid) AND google_sub IS NOT NULL
      """)
    try await record(passkeys: passkeys, hadApp: hadApp, hadGoogle: google.affectedRows == 1, in: transaction)
    let choice = try await transaction.query(
      "UPDATE users SET care_plan_mail = NULL WHERE id = \(user.uuid) AND care_plan_mail IS NOT NULL")
    try await record(choices: choice.affectedRows, in: transaction)
    try await rights(in: transaction)
  }

  /// Removes an operator's rights.
  func rights(in transaction: PostgresTransaction) async throws {
    let scope = Scope.operator.rawValue
    let rights = try await transaction.query(
      """
      UPDATE users SET scope = array_to_string(array_remove(string_to_array(scope, ' '), \(scope)), ' '),
        operator_role = NULL
      WHERE id = \(user.uuid) AND \(scope) = ANY(string_to_array(scope, ' '))
      """)
    if rights.affectedRows == 1 {
      try await SecurityTrail.append(.operatorRightsRemoved, of: user, detail: cause.rawValue, in: transaction)
    }
  }

  /// Removes those that were added in the last ``RecentWaysIn/days``, and an app that waits for its first code. An
  /// operator who has no older passkey or app loses the rights, too: otherwise whoever enrols the next one had them.
  func recent(in transaction: PostgresTransaction) async throws {
    let days = Int64(RecentWaysIn.days)
    let passkeys = try await transaction.query(
      """
      DELETE FROM passkeys WHERE user_id = \(user.uuid)
        AND created_at > statement_timestamp() - \(days) * interval '1 day'
      """)
    let app = try await transaction.query(
      """
      DELETE FROM totp_factors WHERE user_id = \(user.uuid) AND (confirmed_at IS NULL
        OR confirmed_at > statement_timestamp() - \(days) * interval '1 day')
      RETURNING confirmed_at IS NOT NULL AS confirmed
      """)
    let google = try await transaction.query(
      """
      UPDATE users SET google_sub = NULL, google_linked_at = NULL
      WHERE id = \(user.uuid) AND google_linked_at > statement_timestamp() - \(days) * interval '1 day'
      """)
    try await record(
      passkeys: passkeys.affectedRows, hadApp: try app.rows.first?.get("confirmed", as: Bool.self) ?? false,
      hadGoogle: google.affectedRows == 1, in: transaction)
    let choice = try await transaction.query(
      """
      UPDATE users SET care_plan_mail = NULL WHERE id = \(user.uuid) AND care_plan_mail IS NOT NULL AND EXISTS (
        SELECT FROM security_events WHERE user_id = \(user.uuid)
          AND kind = \(SecurityEventKind.carePlanMailChosen.rawValue)
          AND at > statement_timestamp() - \(days) * interval '1 day')
      """)
    try await record(choices: choice.affectedRows, in: transaction)
    let left = try await transaction.query(
      """
      SELECT 1 AS one FROM passkeys WHERE user_id = \(user.uuid)
      UNION ALL SELECT 1 FROM totp_factors WHERE user_id = \(user.uuid) LIMIT 1
      """)
    if left.rows.isEmpty { try await rights(in: transaction) }
  }

  /// Removes the passkeys only.
  /// - Returns: how many there were.
  func passkeys(in transaction: PostgresTransaction) async throws -> Int {
    let removed = try await transaction.query("DELETE FROM passkeys WHERE user_id = \(user.uuid)").affectedRows
    try await record(passkeys: removed, hadApp: false, hadGoogle: false, in: transaction)
    return removed
  }

  private func record(choices: Int, in transaction: PostgresTransaction) async throws {
    if choices == 0 { return }
    try await SecurityTrail.append(.carePlanMailChosen, of: user, detail: cause.rawValue, in: transaction)
  }

  private func record(
    passkeys: Int, hadApp: Bool, hadGoogle: Bool, in transaction: PostgresTransaction
  ) async throws {
    guard passkeys > 0 || hadApp || hadGoogle else { return }
    let kinds =
      Array(repeating: SecurityEventKind.passkeyRemoved, count: passkeys)
      + (hadApp ? [.secondFactorRemoved] : []) + (hadGoogle ? [.googleUnlinked] : [])
    for kind in kinds { try await SecurityTrail.append(kind, of: user, detail: cause.rawValue, in: transaction) }
    try await outbox.append(
      WaysInRemoved(
        userID: user, changeID: UUID().uuidString.lowercased(), cause: cause, passkeys: passkeys,
        authenticatorApp: hadApp, google: hadGoogle), in: transaction)
  }
}
