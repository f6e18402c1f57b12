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

  /// Opens the device. A proven address is told by mail if the account has had devices, but none with this browser in
  /// this network. The row of the account is locked by the last statement, so an account that is disabled or deleted at
  /// the same time gets no device afterwards.
  /// - Throws: `accountDisabled` for an account that is disabled or deleted.
  static func open(_ device: NewDevice, user: UserID, in transaction: PostgresTransaction) async throws {
    let methods = device.methods.joined(separator: " ")
    let seen = try await transaction.query(
      """
      SELECT u.email_verified_at IS NOT NULL AND EXISTS (SELECT FROM devices d WHERE d.user_id = u.id)
        AND NOT EXISTS (
          SELECT FROM devices d WHERE d.user_id = u.id AND d.network IS NOT DISTINCT FROM \(device.network?.description)
            AND d.user_agent IS NOT DISTINCT FROM \(device.userAgent.map { String($0.prefix(300)) })) AS unseen
      FROM users u WHERE u.id = \(user.uuid)
      """)
    if try seen.rows.first?.get("unseen", as: Bool.self) == true {
      try await PostgresOutbox(source: "auth").append(
        NewDeviceSignedIn(
          userID: user, deviceID: device.id.description, network: device.network?.description,
          userAgent: device.userAgent.map { String($0.prefix(300)) },
          signedInAt: device.authenticatedAt.unixSeconds), in: transaction)
    }
    try await SecurityTrail.append(.signedIn, of: user, device: device.id, detail: methods, in: transaction)
    let opened = try await transaction.query(
      """
      WITH seen AS (
        UPDATE users SET last_login = clock_timestamp()
        WHERE id = \(user.uuid) AND disabled_at IS NULL AND deleted_at IS NULL RETURNING id)
      INSERT INTO devices (id, user_id, token_hash, authenticated_at, methods, user_agent, network, expires_at)
      SELECT \(device.id.uuid), id, \(device.tokenHash), \(device.authenticatedAt),
        \(methods), \(device.userAgent.map { String($0.prefix(300)) }),
        \(device.network?.description), clock_timestamp() + \(idleDays) * interval '1 day'
      FROM seen
      """)
    guard opened.affectedRows == 1 else { throw IdentityError.accountDisabled }
  }

  /// Ends all devices of the user, and with them their access tokens, and the sign-ins that wait for a second factor.
  /// The copy of the revocations gets them within seconds.
  /// - Parameter except: stays signed in.
  /// - Returns: the revocations of the ended devices.
  @discardableResult
  static func endAll(
    of user: UserID, except: DeviceID? = nil, cause: DeviceEndCause, in transaction: PostgresTransaction
  ) async throws -> [Revocation] {
    // First, and as a statement of its own: it waits for a sign-in that is just being completed, and the next statement
    // then finds that device.
    try await transaction.query(
      "UPDATE sign_in_challenges SET ended_at = clock_timestamp() WHERE user_id = \(user.uuid) AND ended_at IS NULL")
    let ended = try await transaction.query(
      """
      WITH ended AS (
        UPDATE devices SET ended_at = clock_timestamp(), ended_cause = \(cause.rawValue), sealed_successor = NULL
        WHERE user_id = \(user.uuid) AND id IS DISTINCT FROM \(except?.uuid) AND ended_at IS NULL
        RETURNING user_id, id)
      INSERT INTO revocations (user_id, device_id, expires_at)
      SELECT user_id, id, \(tokensGone) FROM ended RETURNING user_id, device_id, cutoff
      """
    ).rows.map(revocation)
    try await SecurityTrail.append(ended: ended, cause: cause, in: transaction)
    return ended
  }

  /// A token lives for a day; the additional hour covers differences between clocks.
  static let tokensGone: PostgresColumnList = "clock_timestamp() + interval '25 hours'"

  static func revocation(_ row: PostgresRow) throws -> Revocation {
    Revocation(
      user: UserID(try row.get("user_id")), device: try row.get("device_id", as: UUID?.self).map { DeviceID($0) },
      cutoff: try row.get("cutoff"))
  }
}
