import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// The data keys of users.
enum CarePlanKeyStatements {
  /// The user's key, or a new one if there is none that is wrapped under the present secret. Two writers may each make
  /// one: a user can have several, and all of them end with the account.
  static func key(
    of user: UserID, by sealer: any CarePlanSealer, in session: any PostgresStatementRunner
  ) async throws -> WrappedCarePlanKey {
    let row = try await session.query(
      "SELECT id, wrapped FROM care_plan_keys WHERE user_id = \(user.uuid) ORDER BY created_at DESC, id LIMIT 1"
    ).rows.first
    if let row {
      let key = WrappedCarePlanKey(id: try row.get("id"), wrapped: try row.get("wrapped"))
      if sealer.isCurrent(key) { return key }
    }
    let key = try sealer.newKey()
    try await session.query(
      "INSERT INTO care_plan_keys (id, user_id, wrapped) VALUES (\(key.id), \(user.uuid), \(key.wrapped))")
    return key
  }
}
