import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Passkeys in Postgres. Each change locks its account first, as all changes of an account do.
public struct PostgresPasskeyRepository: PasskeyRepository {
  private let database: PostgresPool
  private let outbox = PostgresOutbox(source: "auth")

  public init(database: PostgresPool) { self.database = database }

  public func add(
    _ credential: NewPasskeyCredential, name: String, transports: [PasskeyTransport], to user: UserID
  ) async throws(IdentityError) -> PasskeyAddResult {
    try await reporting {
      try await database.transaction { transaction in
        guard let account = try await Self.lock(user, transaction) else { return .accountGone }
        try await DeviceStatements.requireOpenCaller(user, in: transaction)
        guard account.passkeys < PasskeyRules.mostPasskeys else { return .tooMany }
        let made = try await transaction.query(
          """
          INSERT INTO passkeys (user_id, credential_id, public_key, algorithm, counter, name, transports,
            backup_eligible, backed_up)
          VALUES (\(user.uuid), \(credential.id), \(credential.cose), \(credential.publicKey.algorithm),
            \(Int64(credential.counter)), \(name), \(transports.map(\.rawValue).joined(separator: " ")),
            \(credential.isBackupEligible), \(credential.isBackedUp))
          ON CONFLICT (credential_id) DO NOTHING
          RETURNING \(Self.columns)
          """)
        guard let row = made.rows.first else { return .known }
        let passkey = try Self.summary(row)
        try await tell(.added, passkey.id, of: user, account, transaction)
        return .added(passkey)
      }
    }
  }

  public func passkeys(of user: UserID) async throws(IdentityError) -> [PasskeySummary] {
    try await reporting { try await Self.passkeys(of: user, in: database) }
  }

  static func passkeys(of user: UserID, in session: some PostgresStatementRunner) async throws -> [PasskeySummary] {
    try await session.query(
      "SELECT \(Self.columns) FROM passkeys WHERE user_id = \(user.uuid) ORDER BY created_at DESC, id DESC"
    ).rows.map(Self.summary)
  }

  public func passkey(credentialID: [UInt8]) async throws(IdentityError) -> StoredPasskey? {
    try await reporting {
      try await database.query(
        """
        SELECT id, user_id, public_key, counter, backup_eligible FROM passkeys WHERE credential_id = \(credentialID)
        """
      ).rows.first.map { row in
        StoredPasskey(
          id: PasskeyID(try row.get("id")), user: UserID(try row.get("user_id")),
          publicKey: try row.get("public_key"), counter: UInt32(clamping: try row.get("counter", as: Int64.self)),
          isBackupEligible: try row.get("backup_eligible"))
      }
    }
  }

  public func signIn(
    with passkey: PasskeyID, counter: UInt32, isBackedUp: Bool, device: NewDevice
  ) async throws(IdentityError) -> Account? {
    try await reporting {
      try await database.transaction { transaction in
        let found = try await transaction.query(
          """
          SELECT \(PostgresAccountRepository.columns) FROM users
          WHERE id = (SELECT user_id FROM passkeys WHERE id = \(passkey.uuid)) AND address_problem IS NULL FOR UPDATE
          """)
        guard let account = try found.rows.first.map(PostgresAccountRepository.account) else { return nil }
        if account.isDisabled { throw IdentityError.accountDisabled }
        guard try await Self.use(passkey, counter, isBackedUp, transaction) else { return nil }
        try await DeviceStatements.open(device, user: account.id, in: transaction)
        return account
      }
    }
  }

  public func use(_ passkey: PasskeyID, counter: UInt32, isBackedUp: Bool) async throws(IdentityError) -> Bool {
    try await reporting { try await Self.use(passkey, counter, isBackedUp, database) }
  }

  private static func use(
    _ passkey: PasskeyID, _ counter: UInt32, _ isBackedUp: Bool, _ session: some PostgresStatementRunner
  ) async throws -> Bool {
    try await session.query(
      """
      UPDATE passkeys SET counter = \(Int64(counter)), backed_up = \(isBackedUp), last_used_at = clock_timestamp()
      WHERE id = \(passkey.uuid)
        AND (\(Int64(counter))::bigint > counter OR (\(Int64(counter))::bigint = 0 AND counter = 0))
      """
    ).affectedRows == 1
  }

  public func remove(_ passkey: PasskeyID, of user: UserID) async throws(IdentityError) -> PasskeyRemoveResult {
    try await reporting {
      try await database.transaction { transaction in
        guard let account = try await Self.lock(user, transaction) else { return .notFound }
        try await DeviceStatements.requireOpenCaller(user, in: transaction)
        let found = try await transaction.query(
          "SELECT 1 AS one FROM passkeys WHERE id = \(passkey.uuid) AND user_id = \(user.uuid)")
        guard !found.rows.isEmpty else { return .notFound }
        guard account.hasOtherWayIn || account.passkeys > 1 else { return .lastWayIn }
        try await transaction.query("DELETE FROM passkeys WHERE id = \(passkey.uuid) AND user_id = \(user.uuid)")
        try await tell(.removed, passkey, of: user, account, transaction)
        return .removed
      }
    }
  }

  /// Removes all passkeys of an account that is somebody else's from now on. Call it before the devices are ended: a
  /// sign-in that is in progress either has its device by then, or finds its passkey gone.
  static func removeAll(of user: UserID, in session: some PostgresStatementRunner) async throws {
    try await session.query("DELETE FROM passkeys WHERE user_id = \(user.uuid)")
  }

  // MARK: steps

  private struct Locked: Sendable {
    let isVerified, hasOtherWayIn: Bool
    let passkeys: Int
  }

  private static func lock(_ user: UserID, _ transaction: PostgresTransaction) async throws -> Locked? {
    let found = try await transaction.query(
      """
      SELECT email_verified_at IS NOT NULL AS verified,
        password_hash IS NOT NULL OR google_sub IS NOT NULL AS other_way_in
      FROM users WHERE id = \(user.uuid) AND address_problem IS NULL FOR UPDATE
      """)
    guard let row = found.rows.first else { return nil }
    // A statement of its own: it sees what was committed before the lock was given.
    let counted = try await transaction.query(
      "SELECT count(*) AS passkeys FROM passkeys WHERE user_id = \(user.uuid)")
    return Locked(
      isVerified: try row.get("verified"), hasOtherWayIn: try row.get("other_way_in"),
      passkeys: try counted.rows.first?.get("passkeys") ?? 0)
  }

  private func tell(
    _ change: PasskeyChange, _ passkey: PasskeyID, of user: UserID, _ account: Locked,
    _ transaction: PostgresTransaction
  ) async throws {
    try await SecurityTrail.append(change == .added ? .passkeyAdded : .passkeyRemoved, of: user, in: transaction)
    guard account.isVerified else { return }
    try await outbox.append(
      PasskeyChanged(userID: user, passkeyID: passkey.description, change: change), in: transaction)
  }

  private static let columns: PostgresColumnList = "id, credential_id, name, transports, created_at, last_used_at"

  private static func summary(_ row: PostgresRow) throws -> PasskeySummary {
    PasskeySummary(
      id: PasskeyID(try row.get("id")), credentialID: try row.get("credential_id"), name: try row.get("name"),
      transports: try row.get("transports", as: String.self).split(separator: " ").compactMap {
        PasskeyTransport(rawValue: String($0))
      },
      createdAt: try row.get("created_at"), lastUsedAt: try row.get("last_used_at"))
  }
}
