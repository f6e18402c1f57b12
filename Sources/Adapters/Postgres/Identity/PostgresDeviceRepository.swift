import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Families of refresh tokens. A revocation is stored here first. The code that ends a device copies it to Redis; if
/// the copy in Redis is lost, it is rebuilt from here.
public struct PostgresDeviceRepository: DeviceRepository {
  /// The number of seconds in which an exchanged token gets the same successor again.
  static let grace = 10

  private let database: PostgresPool
  private let copy: any RevocationCache

  public init(database: PostgresPool, copy: any RevocationCache) {
    self.database = database
    self.copy = copy
  }

  public func open(_ device: NewDevice, user: UserID) async throws(IdentityError) {
    try await reporting { try await DeviceStatements.open(device, user: user, in: database) }
  }

  public func device(holding tokenHash: [UInt8]) async throws(IdentityError) -> DeviceID? {
    try await reporting {
      try await database.query(
        "SELECT id FROM devices WHERE token_hash = \(tokenHash) OR previous_hash = \(tokenHash)"
      ).rows.first.map { DeviceID(try $0.get("id", as: UUID.self)) }
    }
  }

  public func rotate(
    _ presented: PresentedRefreshToken, to successor: RefreshTokenSuccessor, network: ClientNetwork?
  ) async throws(IdentityError) -> RefreshTokenRotationResult {
    if let signIn = try await exchange(presented, successor, network) { return .rotated(signIn) }
    if let repeated = try await repeated(presented) { return repeated }
    let ended = try await endFamily(of: presented, cause: .replayed)
    return ended.isEmpty ? .unknown : .replayed
  }

  /// Of simultaneous exchanges of one token, one changes the row. The others wait for it and then find another token.
  private func exchange(
    _ presented: PresentedRefreshToken, _ successor: RefreshTokenSuccessor, _ network: ClientNetwork?
  ) async throws(IdentityError) -> DeviceSignIn? {
    try await reporting {
      try await database.query(
        """
        UPDATE devices SET previous_hash = token_hash, token_hash = \(successor.hash),
          sealed_successor = \(successor.sealed), rotated_at = clock_timestamp(),
          network = coalesce(\(network?.description), network),
          expires_at = least(clock_timestamp() + \(DeviceStatements.idleDays) * interval '1 day',
            created_at + \(DeviceStatements.mostDays) * interval '1 day')
        WHERE token_hash = \(presented.hash) AND ended_at IS NULL AND expires_at > statement_timestamp()
        RETURNING \(Self.signIn)
        """
      ).rows.first.map(Self.signIn)
    }
  }

  private func repeated(_ presented: PresentedRefreshToken) async throws(IdentityError) -> RefreshTokenRotationResult? {
    try await reporting {
      let found = try await database.query(
        """
        SELECT \(Self.signIn), sealed_successor FROM devices
        WHERE previous_hash = \(presented.hash) AND ended_at IS NULL AND expires_at > statement_timestamp()
          AND rotated_at > statement_timestamp() - \(Self.grace) * interval '1 second' AND sealed_successor IS NOT NULL
        """)
      return try found.rows.first.map { row in
        .repeated(try Self.signIn(row), sealed: try row.get("sealed_successor"))
      }
    }
  }

  public func reauthenticate(
    _ device: DeviceID, user: UserID, by methods: [String], at moment: Date
  ) async throws(IdentityError) -> DeviceSignIn? {
    try await reporting {
      try await database.query(
        """
        UPDATE devices SET authenticated_at = \(moment), methods = (
          SELECT string_agg(method, ' ' ORDER BY place) FROM (
            SELECT method, min(place) AS place
            FROM unnest(string_to_array(methods, ' ') || \(methods)) WITH ORDINALITY AS all_methods (method, place)
            WHERE method <> '' GROUP BY method) AS each_once)
        WHERE id = \(device.uuid) AND user_id = \(user.uuid) AND ended_at IS NULL
          AND expires_at > statement_timestamp()
        RETURNING \(Self.signIn)
        """
      ).rows.first.map(Self.signIn)
    }
  }

  public func signedIn(
    _ user: UserID, after cursor: DeviceCursor?, limit: Int
  ) async throws(IdentityError) -> [DeviceSummary] {
    try await reporting {
      try await database.query(
        """
        SELECT id, user_agent, network, created_at, coalesce(rotated_at, created_at) AS last_used_at FROM devices
        WHERE user_id = \(user.uuid) AND ended_at IS NULL AND expires_at > statement_timestamp()
          AND (\(cursor?.createdAt)::timestamptz IS NULL
            OR (created_at, id) < (\(cursor?.createdAt), \(cursor?.id.uuid)))
        ORDER BY created_at DESC, id DESC LIMIT \(limit)
        """
      ).rows.map { row in
        DeviceSummary(
          id: DeviceID(try row.get("id")), userAgent: try row.get("user_agent"), network: try row.get("network"),
          createdAt: try row.get("created_at"), lastUsedAt: try row.get("last_used_at"))
      }
    }
  }

  @discardableResult
  public func end(_ device: DeviceID, user: UserID, cause: DeviceEndCause) async throws(IdentityError) -> Bool {
    let ended = try await ending(cause) { transaction in
      try await transaction.query(
        """
        WITH ended AS (
          UPDATE devices SET ended_at = clock_timestamp(), ended_cause = \(cause.rawValue), sealed_successor = NULL
          WHERE id = \(device.uuid) AND user_id = \(user.uuid) AND ended_at IS NULL RETURNING user_id, id)
        INSERT INTO revocations (user_id, device_id, expires_at)
        SELECT user_id, id, \(DeviceStatements.tokensGone) FROM ended RETURNING user_id, device_id, cutoff
        """
      ).rows.map(DeviceStatements.revocation)
    }
    // Again, too: the copy may have been away when the device was ended. A device that never was is not copied, so that
    // nobody fills Redis with made-up ones.
    let isKnown = try await reporting {
      try await database.query("SELECT 1 AS one FROM devices WHERE id = \(device.uuid) AND user_id = \(user.uuid)")
        .rows.isEmpty == false
    }
    if isKnown { try await reporting { try await copy.revoke(device, user: user) } }
    return !ended.isEmpty
  }

  public func end(familyOf presented: PresentedRefreshToken, cause: DeviceEndCause) async throws(IdentityError) {
    _ = try await endFamily(of: presented, cause: cause)
  }

  /// The current token belongs to its family, too, and so its holder signs out with it. A replayed one never is
  /// current.
  private func endFamily(
    of presented: PresentedRefreshToken, cause: DeviceEndCause
  ) async throws(IdentityError) -> [Revocation] {
    let ended = try await ending(cause) { transaction in
      try await transaction.query(
        """
        WITH ended AS (
          UPDATE devices SET ended_at = clock_timestamp(), ended_cause = \(cause.rawValue), sealed_successor = NULL
          WHERE (id = \(presented.family?.uuid) OR token_hash = \(presented.hash) OR previous_hash = \(presented.hash))
            AND ended_at IS NULL AND (token_hash <> \(presented.hash) OR \(cause != .replayed))
          RETURNING user_id, id)
        INSERT INTO revocations (user_id, device_id, expires_at)
        SELECT user_id, id, \(DeviceStatements.tokensGone) FROM ended RETURNING user_id, device_id, cutoff
        """
      ).rows.map(DeviceStatements.revocation)
    }
    try await tell(ended)
    return ended
  }

  public func endAll(of user: UserID, except: DeviceID?, cause: DeviceEndCause) async throws(IdentityError) {
    try await tell(
      try await reporting {
        try await database.transaction {
          try await DeviceStatements.endAll(of: user, except: except, cause: cause, in: $0)
        }
      })
  }

  /// - Parameter body: ends devices and returns their revocations.
  private func ending(
    _ cause: DeviceEndCause, _ body: @Sendable (PostgresTransaction) async throws -> [Revocation]
  ) async throws(IdentityError) -> [Revocation] {
    try await reporting {
      try await database.transaction { transaction in
        let ended = try await body(transaction)
        try await SecurityTrail.append(ended: ended, cause: cause, in: transaction)
        return ended
      }
    }
  }

  private func tell(_ ended: [Revocation]) async throws(IdentityError) {
    if !ended.isEmpty { try await reporting { try await copy.fill(with: ended, whole: false) } }
  }

  /// The revocations that still have an effect, for the copy.
  /// - Parameter within: only revocations that are at most this old; nil for all.
  public func revocations(within: Duration?) async throws -> [Revocation] {
    let seconds = within.map { Int64($0.components.seconds) } ?? 100_000
    return try await database.query(
      """
      SELECT user_id, device_id, cutoff FROM revocations
      WHERE expires_at > statement_timestamp() AND cutoff > statement_timestamp() - \(seconds) * interval '1 second'
      """
    ).rows.map(DeviceStatements.revocation)
  }

  private static let signIn: PostgresColumnList = "id, user_id, authenticated_at, methods"

  private static func signIn(_ row: PostgresRow) throws -> DeviceSignIn {
    DeviceSignIn(
      device: DeviceID(try row.get("id")), user: UserID(try row.get("user_id")),
      authenticatedAt: try row.get("authenticated_at"),
      methods: try row.get("methods", as: String.self).split(separator: " ").map(String.init))
  }
}
