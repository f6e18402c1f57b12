import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import PostgresDriver
import Synchronization

enum IdentityStoreKind: CaseIterable { case memory, postgres }

/// Identity's ports over one set of rows, with a clock that the test controls.
struct IdentityStore: Sendable {
  let accounts: any AccountRepository
  let devices: any DeviceRepository
  let challenges: any SignInChallengeRepository
  let factors: any TOTPFactorRepository
  let googleLinks: any GoogleLinkRepository
  let passkeys: any PasskeyRepository
  let used: any UsedCredentialStore
  let links: any MailedAccountLinkRepository
  let changes: any PasswordAndEmailRepository
  let attempts: any PasswordAttemptRepository
  let users: any UserAdministration
  let deletions: any AccountDeletionRepository
  let deletedAccounts: any DeletedAccountReader
  let consents: any ConsentRepository
  let consented: any ConsentReader
  let exports: any AccountExportReader
  let carePlanMails: any CarePlanMailChoiceRepository
  let carePlanMailReader: any CarePlanMailChoiceReader
  let now: @Sendable () async throws -> Date
  let advance: @Sendable (Duration) async throws -> Void
  /// The types of the events so far.
  let told: @Sendable () async throws -> [String]
  /// The ids of the links that mails were asked for, in order.
  let requestedLinks: @Sendable (MailedAccountLinkPurpose) async throws -> [String]
  /// Writes a row as the import from the legacy deployment's tables does.
  let importRow: @Sendable (_ email: EmailAddress, _ hash: String?, _ hasAddressProblem: Bool) async throws -> UserID
  /// The devices whose tokens are refused.
  let revoked: @Sendable () async throws -> Set<DeviceID>
  /// Sets what is left in the user's wallet.
  let setBalance: @Sendable (UserID, TalkTime) async throws -> Void
  /// Gives the user the scope `operator`.
  let makeOperator: @Sendable (UserID) async throws -> Void
  /// The operators' actions on accounts so far.
  let audited: @Sendable () async throws -> [String]
  /// Adds an event of this kind to the user's trail.
  let appendEvent: @Sendable (String, UserID) async throws -> Void
  private let causeOf: @Sendable (DeviceID) async throws -> String?

  /// Why the device was ended; nil if it was not.
  func cause(of device: DeviceID) async throws -> String? { try await causeOf(device) }

  static func with(
    _ kind: IdentityStoreKind, connections: Int = 4, _ body: @Sendable (IdentityStore) async throws -> Void
  ) async throws {
    switch kind {
    case .memory:
      let clock = FakeClock()
      let devices = InMemoryDeviceRepository(clock: clock)
      let accounts = InMemoryAccountRepository(clock: clock, devices: devices)
      try await body(
        IdentityStore(
          accounts: accounts, devices: devices, challenges: devices, factors: accounts,
          googleLinks: InMemoryGoogleLinkRepository(accounts: accounts, devices: devices),
          passkeys: accounts, used: InMemoryUsedCredentialStore(), links: accounts, changes: accounts,
          attempts: accounts,
          users: accounts, deletions: accounts, deletedAccounts: accounts, consents: accounts, consented: accounts,
          exports: accounts, carePlanMails: accounts, carePlanMailReader: accounts,
          now: { clock.now() },
          advance: { clock.advance($0) }, told: { accounts.told }, requestedLinks: { accounts.requested($0) },
          importRow: { accounts.importRow($0, hash: $1, hasAddressProblem: $2) }, revoked: { devices.ended },
          setBalance: { accounts.setBalance($1, of: $0) }, makeOperator: { accounts.grant(.operator, to: $0) },
          audited: { accounts.audited }, appendEvent: { accounts.appendEvent($0, of: $1) },
          causeOf: { devices.causes[$0]?.rawValue }))
    case .postgres:
      try await withMigratedDatabase(connections: connections) { try await body(inPostgres($0.pool)) }
    }
  }

  private static func inPostgres(_ pool: PostgresPool) -> IdentityStore {
    let copy = RecordedRevocations()
    let devices = PostgresDeviceRepository(database: pool, copy: copy)
    return IdentityStore(
      accounts: PostgresAccountRepository(database: pool), devices: devices,
      challenges: PostgresSignInChallengeRepository(database: pool),
      factors: PostgresTOTPFactorRepository(database: pool, copy: copy),
      googleLinks: PostgresGoogleLinkRepository(database: pool, copy: copy),
      passkeys: PostgresPasskeyRepository(database: pool), used: PostgresUsedCredentialStore(database: pool),
      links: PostgresMailedAccountLinkRepository(database: pool),
      changes: PostgresPasswordAndEmailRepository(database: pool, copy: copy),
      attempts: PostgresPasswordAttemptRepository(database: pool),
      users: PostgresUserAdministration(database: pool, copy: copy),
      deletions: PostgresAccountDeletionRepository(database: pool, copy: copy),
      deletedAccounts: PostgresDeletedAccountReader(database: pool),
      consents: PostgresConsentRepository(database: pool), consented: PostgresConsentReader(database: pool),
      exports: PostgresAccountExportReader(database: pool),
      carePlanMails: PostgresCarePlanMailChoiceRepository(database: pool),
      carePlanMailReader: PostgresCarePlanMailChoiceReader(database: pool),
      now: { try await pool.query("SELECT clock_timestamp() AS now").rows.first?.get("now") ?? .distantPast },
      // The server's clock cannot be changed, so the rows are made older.
      advance: { duration in
        let seconds = duration.components.seconds
        try await pool.query(
          """
          UPDATE devices SET expires_at = expires_at - age, created_at = created_at - age, rotated_at = rotated_at - age
          FROM (SELECT \(seconds) * interval '1 second' AS age) AS passed
          """)
        try await pool.query("UPDATE passkeys SET created_at = created_at - \(seconds) * interval '1 second'")
        try await pool.query("UPDATE totp_factors SET confirmed_at = confirmed_at - \(seconds) * interval '1 second'")
        try await pool.query("UPDATE users SET google_linked_at = google_linked_at - \(seconds) * interval '1 second'")
        try await pool.query(
          "UPDATE password_attempts SET all_back_at = all_back_at - \(seconds) * interval '1 second'")
        try await pool.query("UPDATE sign_in_challenges SET expires_at = expires_at - \(seconds) * interval '1 second'")
        try await pool.query("UPDATE account_links SET expires_at = expires_at - \(seconds) * interval '1 second'")
        try await pool.query("UPDATE code_comparisons SET since = since - \(seconds) * interval '1 second'")
        try await pool.query(
          """
          UPDATE link_quotas SET last_sent_at = last_sent_at - \(seconds) * interval '1 second',
            sent_at = ARRAY(SELECT s - \(seconds) * interval '1 second' FROM unnest(sent_at) s ORDER BY s)
          """)
      },
      told: { try await pool.query("SELECT type FROM outbox ORDER BY created_at").rows.map { try $0.get("type") } },
      requestedLinks: { purpose in
        try await pool.query(
          """
          SELECT coalesce(data::json ->> 'verification_id', data::json ->> 'link_id') AS id FROM outbox
          WHERE CASE type WHEN 'email.verification_requested' THEN \(VerifyEmail.purpose)
            WHEN 'account.link_requested' THEN data::json ->> 'purpose' END = \(purpose.rawValue)
          ORDER BY created_at
          """
        ).rows.map { try $0.get("id") }
      },
      importRow: { email, hash, hasAddressProblem in
        let made = try await pool.query(
          """
          INSERT INTO users (email, password_hash, address_problem)
          VALUES (\(email.text), \(hash), \(hasAddressProblem ? "duplicate" : nil)) RETURNING id
          """)
        guard let row = made.rows.first else { throw IdentityError.unavailable }
        return UserID(try row.get("id", as: UUID.self))
      },
      // The revocations in the copy and in Postgres, from which the copy is rebuilt.
      revoked: {
        let kept = Set(try await devices.revocations(within: nil).compactMap(\.device))
        return kept.intersection(copy.devices)
      },
      setBalance: { user, time in
        try await pool.query(
          "INSERT INTO wallets (user_id, available_ms, held_ms) VALUES (\(user.uuid), \(time.milliseconds - 1), 1)")
      },
      makeOperator: { user in
        _ = try await PostgresUserScopeAdministration(database: pool).grant(.operator, to: user, by: "cli:test")
      },
      audited: {
        try await pool.query("SELECT action FROM operator_actions ORDER BY id").rows.map { try $0.get("action") }
      },
      appendEvent: { kind, user in
        try await pool.query("INSERT INTO security_events (user_id, kind) VALUES (\(user.uuid), \(kind))")
      },
      causeOf: { device in
        try await pool.query("SELECT ended_cause FROM devices WHERE id = \(device.uuid)").rows.first?
          .get("ended_cause", as: String?.self)
      })
  }

  // MARK: steps that the suites share

  func account(
    _ email: String, hash: String? = "hash", google: String? = nil, verified: Bool = false
  ) async throws -> Account {
    guard let email = EmailAddress(email) else { throw IdentityError.accountGone }
    return try await accounts.create(
      NewAccount(
        email: email, name: "Asha", passwordHash: hash, googleSubject: google, emailVerified: verified))
  }

  func imported(_ email: String, hash: String? = nil, hasAddressProblem: Bool = false) async throws -> UserID {
    guard let email = EmailAddress(email) else { throw IdentityError.accountGone }
    return try await importRow(email, hash, hasAddressProblem)
  }

  /// A new link of the account. A change is to `newEmail`.
  func link(
    _ purpose: MailedAccountLinkPurpose, of account: Account, to newEmail: String = "new@example.com"
  ) async throws -> MailedAccountLink {
    switch purpose {
    case .verifyEmail: if try await requestedLinks(.verifyEmail).isEmpty { throw IdentityError.invalidLink }
    case .resetPassword: try await links.requestPasswordReset(of: account.email)
    case .changeEmail:
      guard let new = EmailAddress(newEmail) else { throw IdentityError.invalidLink }
      try await links.requestEmailChange(of: account.id, to: new)
    case .reauthenticate: try await links.requestReauthentication(of: account.id)
    case .undoEmailChange: break
    }
    guard let id = try await requestedLinks(purpose).last, let link = try await links.link(id) else {
      throw IdentityError.invalidLink
    }
    return link
  }

  /// A device of the user, or of a new account.
  @discardableResult
  func device(
    _ token: [UInt8], of user: UserID? = nil, methods: [String] = ["pwd"], at date: Date = Date()
  ) async throws -> (id: DeviceID, user: UserID) {
    let owner: UserID
    if let user { owner = user } else { owner = try await account("\(UUID().uuidString.prefix(8))@example.com").id }
    let device = Self.newDevice(token, methods: methods, at: date)
    try await devices.open(device, user: owner)
    return (device.id, owner)
  }

  /// Exchanges a refresh token that names no family.
  func rotate(_ token: UInt8, to next: UInt8) async throws -> RefreshTokenRotationResult {
    try await devices.rotate(
      PresentedRefreshToken(hash: [token], family: nil), to: RefreshTokenSuccessor(hash: [next], sealed: []),
      network: nil)
  }

  static func newDevice(_ token: [UInt8], methods: [String] = ["pwd"], at date: Date = Date()) -> NewDevice {
    NewDevice(
      id: DeviceID(UUID()), tokenHash: token, authenticatedAt: date, methods: methods, userAgent: "test",
      network: ClientNetwork(address: "203.0.113.9"))
  }
}

final class RecordedRevocations: RevocationCache {
  private let told = Mutex<Set<DeviceID>>([])
  var devices: Set<DeviceID> { told.withLock { $0 } }
  func revoke(_ device: DeviceID, user: UserID) async throws { told.withLock { _ = $0.insert(device) } }
  func isComplete() async throws -> Bool { true }
  func fill(with revocations: [Revocation], whole: Bool) async throws {
    told.withLock { $0.formUnion(revocations.compactMap(\.device)) }
  }
}
