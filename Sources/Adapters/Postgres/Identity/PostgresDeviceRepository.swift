import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Families of refresh tokens. A revocation is stored here first. The code that ends a device copies it to Redis; if
/// the copy in Redis is lost, it is rebuilt from here.
public struct PostgresDeviceRepository: DeviceRepository {
  /// The number of days without a refresh after which a device is signed out.
  static let days = 60

  private let database: PostgresPool
  private let copy: any RevocationCache

  public init(database: PostgresPool, copy: any RevocationCache) {
    self.database = database
    self.copy = copy
  }

  public func open(
    _ device: DeviceID, user: UserID, tokenHash: [UInt8], userAgent: String?
  ) async throws(IdentityError) {
    try await reporting {
      try await database.query(
        """
        WITH seen AS (UPDATE users SET last_login = clock_timestamp() WHERE id = \(user.uuid))
        INSERT INTO devices (id, user_id, token_hash, user_agent, expires_at)
        VALUES (\(device.uuid), \(user.uuid), \(tokenHash), \(userAgent.map { String($0.prefix(300)) }),
          clock_timestamp() + \(Self.days) * interval '1 day')
        """)
    }
  }

  public func rotate(_ tokenHash: [UInt8], to newHash: [UInt8]) async throws(IdentityError) -> RotationResult {
    let (answer, ended): (RotationResult, (DeviceID, UserID)?) = try await reporting {
      try await database.transaction { transaction in
        let found = try await transaction.query(
          """
          SELECT id, user_id, authenticated_at, token_hash = \(tokenHash) AS current FROM devices
          WHERE (token_hash = \(tokenHash) OR previous_hash = \(tokenHash)) AND ended_at IS NULL
            AND expires_at > statement_timestamp() FOR UPDATE
          """)
        guard let row = found.rows.first else { return (.unknown, nil) }
        let device = DeviceID(try row.get("id", as: UUID.self))
        let user = UserID(try row.get("user_id", as: UUID.self))
        guard try row.get("current", as: Bool.self) else {
          try await end(device, user, transaction)
          return (.replayed, (device, user))
        }
        try await transaction.query(
          """
          UPDATE devices SET previous_hash = token_hash, token_hash = \(newHash), rotated_at = clock_timestamp(),
            expires_at = clock_timestamp() + \(Self.days) * interval '1 day' WHERE id = \(device.uuid)
          """)
        return (.rotated(device: device, user: user, authenticatedAt: try row.get("authenticated_at")), nil)
      }
    }
    if let ended { try await reporting { try await copy.revoke(ended.0, user: ended.1) } }
    return answer
  }

  public func end(_ device: DeviceID, user: UserID) async throws(IdentityError) {
    try await reporting {
      try await database.transaction { transaction in try await end(device, user, transaction) }
      try await copy.revoke(device, user: user)
    }
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
    ).rows.map { row in
      Revocation(
        user: UserID(try row.get("user_id", as: UUID.self)),
        device: try row.get("device_id", as: UUID?.self).map { (uuid: UUID) in DeviceID(uuid) },
        cutoff: try row.get("cutoff"))
    }
  }

  private func end(_ device: DeviceID, _ user: UserID, _ transaction: PostgresTransaction) async throws {
    // A token lives for a day; the additional hour covers differences between clocks.
    try await transaction.query(
      """
      WITH ended AS (
        UPDATE devices SET ended_at = clock_timestamp()
        WHERE id = \(device.uuid) AND user_id = \(user.uuid) AND ended_at IS NULL RETURNING user_id, id)
      INSERT INTO revocations (user_id, device_id, expires_at)
      SELECT user_id, id, clock_timestamp() + interval '25 hours' FROM ended
      """)
  }
}
