import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Statements about devices that other transactions contain, too.
enum DeviceStatements {
  /// Refuses what a device asked for that has ended since its token was checked: the body of a request may come long
  /// after its head, and a lock may be waited for. Each act of a signed-in user that changes a way to sign in, removes
  /// the account, or makes a mailed link or code calls it. Call it after the account's row is locked; a statement of
  /// its own sees what was committed meanwhile.
  /// - Throws: `IdentityError.invalidToken`
  static func requireOpenCaller(_ user: UserID, in transaction: PostgresTransaction) async throws {
    guard let device = RequestOrigin.current?.device else { return }
    let open = try await transaction.query(
      "SELECT 1 AS one FROM devices WHERE id = \(device.uuid) AND user_id = \(user.uuid) AND ended_at IS NULL")
    if open.rows.isEmpty { throw IdentityError.invalidToken }
  }

  /// The number of days without a refresh after which a device is signed out.
  static let idleDays = 30
  /// The number of days after its sign-in.
  static let mostDays = 90

  /// Opens the device. A proven address is told by mail if the account has had devices, but none with this browser in
  /// this network.
  /// - Throws: `accountDisabled` for an account that is disabled or deleted.
  static func open(_ device: NewDevice, user: UserID, in transaction: PostgresTransaction) async throws {
    if try await insert(device, user: user, in: transaction) { outbox.wake(after: transaction) }
  }

  /// The same without further statements, as a transaction of its own.
  static func open(_ device: NewDevice, user: UserID, in database: PostgresPool) async throws {
    if try await insert(device, user: user, in: database) { database.announce(PostgresOutbox.topic(outbox.source)) }
  }

  private static let outbox = PostgresOutbox(source: "auth")

  /// One statement, because a sign-in should cost little more than its hash. The row of the account is locked first, so
  /// an account that is disabled or deleted at the same time gets no device afterwards.
  /// - Returns: whether a mail tells of the device.
  private static func insert(
    _ device: NewDevice, user: UserID, in session: some PostgresStatementRunner
  ) async throws -> Bool {
    let (origin, event) = (RequestOrigin.current, NewDeviceSignedIn.self)
    let (methods, network) = (device.methods.joined(separator: " "), device.network?.description)
    let userAgent = device.userAgent.map { String($0.prefix(300)) }
    let news = NewDeviceSignedIn(
      userID: user, deviceID: device.id.description, network: network, userAgent: userAgent,
      signedInAt: device.authenticatedAt.unixSeconds)
    let opened = try await session.query(
      """
      WITH owner AS (
        UPDATE users u SET last_login = clock_timestamp()
        WHERE id = \(user.uuid) AND disabled_at IS NULL AND deleted_at IS NULL
        RETURNING id, email_verified_at IS NOT NULL AND EXISTS (SELECT FROM devices d WHERE d.user_id = u.id)
          AND NOT EXISTS (
            SELECT FROM devices d WHERE d.user_id = u.id AND d.network IS NOT DISTINCT FROM \(network)
              AND d.user_agent IS NOT DISTINCT FROM \(userAgent)) AS unseen),
      recorded AS (
        INSERT INTO security_events (user_id, kind, network, device_id, request_id, detail)
        SELECT id, \(SecurityEventKind.signedIn.rawValue), \(origin?.network?.description), \(device.id.uuid),
          \(origin?.requestID), \(methods)
        FROM owner),
      told AS (
        INSERT INTO outbox (source, context, type, subject, data)
        SELECT \(outbox.source), \(event.context.rawValue), \(event.type), \(news.subject),
          \(try PostgresOutbox.data(of: news))
        FROM owner WHERE unseen),
      opened AS (
        INSERT INTO devices (id, user_id, token_hash, authenticated_at, methods, user_agent, network, expires_at)
        SELECT \(device.id.uuid), id, \(device.tokenHash), \(device.authenticatedAt), \(methods), \(userAgent),
          \(network), clock_timestamp() + \(idleDays) * interval '1 day'
        FROM owner)
      SELECT unseen FROM owner
      """)
    guard let row = opened.rows.first else { throw IdentityError.accountDisabled }
    return try row.get("unseen", as: Bool.self)
  }

  /// Ends all devices of the user, and with them their access tokens, the sign-ins that wait for a second factor, and
  /// what these devices may have asked for: open changes of the address and fresh proofs. The copy of the revocations
  /// gets the devices within seconds. Proofs of known devices from before have one count together then.
  /// - Parameter except: stays signed in.
  /// - Returns: the revocations of the ended devices.
  @discardableResult
  static func endAll(
    of user: UserID, except: DeviceID? = nil, cause: DeviceEndCause, in transaction: PostgresTransaction
  ) async throws -> [Revocation] {
    // First, as every change of an account locks its row before others.
    try await transaction.query(
      "UPDATE users SET known_devices_epoch = known_devices_epoch + 1 WHERE id = \(user.uuid)")
    // As a statement of its own: it waits for a sign-in that is just being completed, and the next statement
    // then finds that device.
    try await transaction.query(
      "UPDATE sign_in_challenges SET ended_at = clock_timestamp() WHERE user_id = \(user.uuid) AND ended_at IS NULL")
    let asked = [MailedAccountLinkPurpose.changeEmail, .reauthenticate].map(\.rawValue)
    try await transaction.query(
      "DELETE FROM account_links WHERE user_id = \(user.uuid) AND used_at IS NULL AND purpose = ANY(\(asked))")
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
