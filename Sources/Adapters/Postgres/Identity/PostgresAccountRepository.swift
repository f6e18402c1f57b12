import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Accounts in Postgres. Events for other services are written to the outbox together with the change.
public struct PostgresAccountRepository: AccountRepository {
  private let database: PostgresPool
  private let outbox = PostgresOutbox(source: "auth")
  private let links = MailedAccountLinkIssuer()

  public init(database: PostgresPool) { self.database = database }

  public func create(_ new: NewAccount, device: NewDevice?) async throws(IdentityError) -> Account {
    try await reporting {
      try await database.transaction { transaction in
        try await AddressReservation.demand(new.email, for: nil, in: transaction)
        let created = try await transaction.query(
          """
          INSERT INTO users (email, name, password_hash, google_sub, email_verified_at, last_login)
          VALUES (\(new.email.text), \(new.name), \(new.passwordHash), \(new.googleSubject),
            CASE WHEN \(new.emailVerified) THEN clock_timestamp() END, clock_timestamp())
          ON CONFLICT DO NOTHING
          RETURNING \(Self.columns)
          """)
        guard let row = created.rows.first else { throw IdentityError.emailTaken }
        let account = try Self.account(row)
        // Wrong passwords for the address from before there was an account say nothing about this one. Where whoever
        // registers learns nothing of the account, the count learns nothing either: it would otherwise tell that the
        // address was new.
        if device != nil || new.emailVerified {
          try await PostgresPasswordAttemptRepository.forgetAll(new.email.text, in: transaction)
        }
        try await outbox.append(UserRegistered(userID: account.id), in: transaction)
        try await SecurityTrail.append(.registered, of: account.id, device: device?.id, in: transaction)
        if !new.emailVerified, try await links.count(.verifyEmail, to: new.email, in: transaction) {
          try await links.issue(.verifyEmail, user: account.id, email: new.email.text, in: transaction)
        }
        if let device { try await DeviceStatements.open(device, user: account.id, in: transaction) }
        return account
      }
    }
  }

  public func account(_ id: UserID) async throws(IdentityError) -> Account? {
    try await reporting {
      try await database.query(
        """
        SELECT \(Self.columns) FROM users WHERE id = \(id.uuid) AND address_problem IS NULL
        """
      ).rows.first.map(Self.account)
    }
  }

  public func account(
    email: EmailAddress
  ) async throws(IdentityError) -> (account: Account, passwordHash: String?)? {
    try await reporting {
      let found = try await database.query(Self.lookUp(email))
      guard let row = found.rows.first else { return nil }
      let (account, hash) = (try Self.account(row), try row.get("password_hash", as: String?.self))
      return try row.get("is_found") ? (account: account, passwordHash: hash) : nil
    }
  }

  /// One row for every address: where there is no account, that of nobody. Else the time of an answer would tell who
  /// has an account, because only a row is looked up among the factors and passkeys, sent and decoded.
  static func lookUp(_ email: EmailAddress) -> PostgresQuery {
    """
    SELECT is_found, \(columns)
    FROM (
      SELECT u.id IS NOT NULL AS is_found, coalesce(u.id, \(UserID.nobody.uuid)) AS id,
        coalesce(u.email, \(email.text)) AS email, u.name, u.email_verified_at,
        u.password_hash, u.google_sub, u.disabled_at, coalesce(u.scope, '') AS scope, u.operator_role,
        coalesce(u.known_devices_epoch, 0) AS known_devices_epoch,
        coalesce(u.created_at, statement_timestamp()) AS created_at
      FROM (VALUES (1)) AS one (n)
        LEFT JOIN users u ON lower(u.email) = \(email.canonical) AND u.address_problem IS NULL
    ) AS users
    """
  }

  public func account(googleSubject: String) async throws(IdentityError) -> Account? {
    try await reporting {
      try await database.query(
        """
        SELECT \(Self.columns) FROM users WHERE google_sub = \(googleSubject) AND address_problem IS NULL
        """
      ).rows.first.map(Self.account)
    }
  }

  public func rename(_ id: UserID, to name: String?) async throws(IdentityError) -> Account? {
    try await reporting {
      try await database.query(
        "UPDATE users SET name = \(name) WHERE id = \(id.uuid) AND address_problem IS NULL")
    }
    return try await account(id)
  }

  public func storePasswordHash(_ hash: String, of id: UserID) async throws(IdentityError) {
    try await reporting {
      try await database.query(
        "UPDATE users SET password_hash = \(hash) WHERE id = \(id.uuid) AND deleted_at IS NULL")
    }
  }

  public func replacePasswordHash(
    _ old: String, with new: String, of id: UserID
  ) async throws(IdentityError) {
    try await reporting {
      try await database.query(
        "UPDATE users SET password_hash = \(new) WHERE id = \(id.uuid) AND password_hash = \(old)")
    }
  }

  static let columns: PostgresColumnList = """
    id, email, name, email_verified_at IS NOT NULL AS verified, password_hash, google_sub, disabled_at, scope,
    operator_role, known_devices_epoch, created_at,
    EXISTS (SELECT FROM totp_factors f WHERE f.user_id = users.id AND f.confirmed_at IS NOT NULL) AS second_factor,
    EXISTS (SELECT FROM passkeys p WHERE p.user_id = users.id) AS has_passkey
    """

  static func account(_ row: PostgresRow) throws -> Account {
    guard let email = EmailAddress(try row.get("email", as: String.self)) else { throw IdentityError.unavailable }
    let scope = Set(try row.get("scope", as: String.self).split(separator: " ").map(String.init))
    // A release from before there were roles adds operators without one, who may do everything.
    let role =
      try row.get("operator_role", as: String?.self)
      ?? (scope.contains(Scope.operator.rawValue) ? OperatorRole.admin.rawValue : nil)
    return Account(
      id: UserID(try row.get("id")), email: email, name: try row.get("name"), emailVerified: try row.get("verified"),
      hasPassword: try row.get("password_hash", as: String?.self) != nil,
      googleLinked: try row.get("google_sub", as: String?.self) != nil,
      hasSecondFactor: try row.get("second_factor"), hasPasskey: try row.get("has_passkey"),
      isDisabled: try row.get("disabled_at", as: Date?.self) != nil,
      scope: scope, operatorRole: role.flatMap(OperatorRole.init),
      knownDevicesEpoch: try row.get("known_devices_epoch"),
      createdAt: try row.get("created_at"))
  }
}

/// Errors of this system pass unchanged. Any other error means that Postgres cannot be reached; the pool's log has the
/// reason.
@discardableResult
func reporting<T: Sendable>(_ body: () async throws -> T) async throws(IdentityError) -> T {
  do { return try await body() } catch let error as IdentityError { throw error } catch { throw .unavailable }
}

extension UserID {
  /// Stands for whoever has no account. No account has this id, since all are random.
  fileprivate static let nobody = UserID(UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
}
