import Domain
import FoundationEssentials
import PostgresDriver

/// Ends the devices of a user in the transaction of what causes it.
enum DeviceEnding {
  /// - Returns: the ended devices, whose tokens are to be refused everywhere.
  static func endAll(
    of user: UserID, except kept: DeviceID? = nil, in transaction: PostgresTransaction
  ) async throws -> [DeviceID] {
    // A token lives for a day; the additional hour covers differences between clocks.
    try await transaction.query(
      """
      WITH ended AS (
        UPDATE devices SET ended_at = clock_timestamp()
        WHERE user_id = \(user.uuid) AND ended_at IS NULL AND id IS DISTINCT FROM \(kept?.uuid)
        RETURNING user_id, id)
      INSERT INTO revocations (user_id, device_id, expires_at)
      SELECT user_id, id, clock_timestamp() + interval '25 hours' FROM ended
      RETURNING device_id
      """
    ).rows.map { DeviceID(try $0.get("device_id", as: UUID.self)) }
  }
}
