import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Statements about devices that other transactions contain, too.
enum DeviceStatements {
  /// The number of days without a refresh after which a device is signed out.
  static let idleDays = 30
  /// The number of days after its sign-in.
  static let mostDays = 90

  static func open(_ device: NewDevice, user: UserID, in session: some PostgresStatementRunner) async throws {
    try await session.query(
      """
      WITH seen AS (UPDATE users SET last_login = clock_timestamp() WHERE id = \(user.uuid))
      INSERT INTO devices (id, user_id, token_hash, authenticated_at, methods, user_agent, network, expires_at)
      VALUES (\(device.id.uuid), \(user.uuid), \(device.tokenHash), \(device.authenticatedAt),
        \(device.methods.joined(separator: " ")), \(device.userAgent.map { String($0.prefix(300)) }),
        \(device.network?.description), clock_timestamp() + \(idleDays) * interval '1 day')
      """)
  }

  /// Ends all devices of the user, and with them their access tokens. The copy of the revocations gets them within
  /// seconds.
  /// - Parameter except: stays signed in.
  /// - Returns: the revocations of the ended devices.
  @discardableResult
  static func endAll(
    of user: UserID, except: DeviceID? = nil, cause: DeviceEndCause, in session: some PostgresStatementRunner
  ) async throws -> [Revocation] {
    try await session.query(
      """
      WITH ended AS (
        UPDATE devices SET ended_at = clock_timestamp(), ended_cause = \(cause.rawValue), sealed_successor = NULL
        WHERE user_id = \(user.uuid) AND id IS DISTINCT FROM \(except?.uuid) AND ended_at IS NULL
        RETURNING user_id, id)
      INSERT INTO revocations (user_id, device_id, expires_at)
      SELECT user_id, id, \(tokensGone) FROM ended RETURNING user_id, device_id, cutoff
      """
    ).rows.map(revocation)
  }

  /// A token lives for a day; the additional hour covers differences between clocks.
  static let tokensGone: PostgresColumnList = "clock_timestamp() + interval '25 hours'"

  static func revocation(_ row: PostgresRow) throws -> Revocation {
    Revocation(
      user: UserID(try row.get("user_id")), device: try row.get("device_id", as: UUID?.self).map { DeviceID($0) },
      cutoff: try row.get("cutoff"))
  }
}
