import Application
import Domain
import FoundationEssentials
import Synchronization

/// Accounts in memory: one for an address, in any capitalization, and one for a Google subject.
public final class InMemoryAccountRepository: AccountRepository {
  struct Row {
    var account: Account
    var passwordHash: String?
    var googleSubject: String?
    /// When the signed-in user linked Google.
    var googleLinkedAt: Date?
    /// Whether the address, which nobody has proven, was registered again.
    var wasRegisteredAgain = false
    /// A row that is no account: another account has its address, or it was merged.
    var hasAddressProblem = false
    var disabledAt: Date?
    var deletedAt: Date?
    var carePlanMail: CarePlanMailKind?
    var carePlanMailChosenAt: Date?
  }

  struct State {
    var rows: [UserID: Row] = [:]
    var links: [String: StoredLink] = [:]
    var quotas: [LinkQuota: [Date]] = [:]
    var comparisons: [LinkQuota: CodeComparisons] = [:]
    var attempts: [PasswordAttemptCount.Key: PasswordAttemptCount] = [:]
    var passkeys: [PasskeyRow] = []
    var told: [any DomainEvent] = []
    var factors: [UserID: StoredTOTPFactor] = [:]
    var audited: [String] = []
    /// Written by tests alone.
    var events: [UserID: [SecurityEvent]] = [:]
    /// What is left in the wallets.
    var balances: [UserID: TalkTime] = [:]
    var consents: [UserID: [GivenConsent]] = [:]

    var own: [Row] { rows.values.filter { !$0.hasAddressProblem } }

    func hasOther(_ subject: String, than user: UserID) -> Bool {
      rows.values.contains { $0.googleSubject == subject && $0.account.id != user }
    }
  }

  let clock: FakeClock
  let devices: InMemoryDeviceRepository
  let state = Mutex(State())

  /// - Parameter devices: those that end with a change of the password.
  public init(clock: FakeClock = FakeClock(), devices: InMemoryDeviceRepository? = nil) {
    self.clock = clock
    self.devices = devices ?? InMemoryDeviceRepository(clock: clock)
    self.devices.onEndOfAll { [weak self] user in
      guard let self else { return }
      self.state.withLock { $0.withdraw([.changeEmail, .reauthenticate], of: user) }
    }
  }

  /// The types of the events, in order.
  public var told: [String] { state.withLock { $0.told.map { type(of: $0).type } } }

  /// A row from the legacy deployment's tables.
  public func importRow(_ email: EmailAddress, hash: String?, hasAddressProblem: Bool) -> UserID {
    let account = Account(
      id: UserID(UUID()), email: email, name: nil, emailVerified: false, hasPassword: hash != nil, googleLinked: false,
      isDisabled: false, scope: [], createdAt: clock.now())
    state.withLock {
      $0.rows[account.id] = Row(account: account, passwordHash: hash, hasAddressProblem: hasAddressProblem)
    }
    return account.id
  }

  public func disable(_ id: UserID) {
    let now = clock.now()
    change(id) {
      $0.account = $0.account.with(isDisabled: true)
      $0.disabledAt = now
    }
    devices.close(id, cause: .accountDisabled)
  }

  public func grant(_ scope: Scope, role: OperatorRole? = .admin, to id: UserID) {
    change(id) { $0.account = $0.account.with(scope: [scope.rawValue], operatorRole: .some(role)) }
  }

  public func create(_ new: NewAccount, device: NewDevice?) async throws(IdentityError) -> Account {
    let now = clock.now()
    return try state.withLock { state throws(IdentityError) in
      let taken = state.rows.values.contains { row in
        (row.account.email == new.email && !row.hasAddressProblem)
          || (new.googleSubject != nil && row.googleSubject == new.googleSubject)
      }
      if taken || state.keeps(new.email, from: nil, at: now) { throw .emailTaken }
      let account = Account(
        id: UserID(UUID()), email: new.email, name: new.name, emailVerified: new.emailVerified,
        hasPassword: new.passwordHash != nil, googleLinked: new.googleSubject != nil, isDisabled: false, scope: [],
        createdAt: now)
      if let device { try devices.insert(device, user: account.id) }
      if device != nil || new.emailVerified { state.forgetAttempts(for: new.email) }
      state.rows[account.id] = Row(
        account: account, passwordHash: new.passwordHash, googleSubject: new.googleSubject)
      state.told.append(UserRegistered(userID: account.id))
      if !new.emailVerified, state.count(.verifyEmail, to: new.email, at: now) {
        state.issue(.verifyEmail, account, at: now)
      }
      return account
    }
  }

  public func account(_ id: UserID) async throws(IdentityError) -> Account? {
    state.withLock { $0.own.first { $0.account.id == id }.map(current) }
  }

  public func account(
    email: EmailAddress
  ) async throws(IdentityError) -> (account: Account, passwordHash: String?)? {
    state.withLock { state in
      state.own.first { $0.account.email == email }.map { (current($0), $0.passwordHash) }
    }
  }

  public func account(googleSubject: String) async throws(IdentityError) -> Account? {
    state.withLock { $0.own.first { $0.googleSubject == googleSubject }.map(current) }
  }

  public func rename(_ id: UserID, to name: String?) async throws(IdentityError) -> Account? {
    change(id) { $0.account = $0.account.with(name: name) }
    return try await account(id)
  }

  public func storePasswordHash(_ hash: String, of id: UserID) async throws(IdentityError) {
    change(id) {
      $0.passwordHash = hash
      $0.account = $0.account.with(hasPassword: true)
    }
  }

  public func replacePasswordHash(
    _ old: String, with new: String, of id: UserID
  ) async throws(IdentityError) {
    change(id) { if $0.passwordHash == old { $0.passwordHash = new } }
  }

  /// - Returns: the result, and the user whose devices end.
  func join(_ person: GoogleIdentity) throws(IdentityError) -> (GoogleJoinResult, lost: UserID?) {
    try state.withLock { state throws(IdentityError) in
      guard var row = state.own.first(where: { $0.account.email == person.email }) else { return (.refused, nil) }
      if row.account.isDisabled { throw .accountDisabled }
      let decision = GoogleJoinDecision(
        isVerified: row.account.emailVerified, linkedSubject: row.googleSubject, subject: person.subject)
      guard decision != .refuse else { return (.refused, nil) }
      guard decision != .keep else { return (.joined(row.account), nil) }
      guard !state.hasOther(person.subject, than: row.account.id) else { return (.refused, nil) }
      if decision == .takeOver { state.removeWaysIn(&row, cause: .claimed) }
      row.googleSubject = person.subject
      row.account = row.account.with(emailVerified: true, googleLinked: true)
      if decision == .takeOver {
        row.passwordHash = nil
        row.account = row.account.with(name: person.name, hasPassword: false)
        state.withdraw(MailedAccountLinkPurpose.allCases, of: row.account.id)
        state.told.append(EmailVerified(userID: row.account.id))
      } else {
        state.told.append(GoogleLinked(userID: row.account.id, linkID: UUID().uuidString))
      }
      state.rows[row.account.id] = row
      return (.joined(row.account), decision == .takeOver ? row.account.id : nil)
    }
  }

  func link(_ subject: String, to user: UserID) -> GoogleLinkResult {
    let now = clock.now()
    return state.withLock { state in
      guard var row = state.own.first(where: { $0.account.id == user }) else { return .accountGone }
      if let linked = row.googleSubject { return linked == subject ? .linked : .linkedToAnother }
      guard !state.hasOther(subject, than: user) else { return .taken }
      (row.googleSubject, row.googleLinkedAt) = (subject, now)
      row.account = row.account.with(googleLinked: true)
      state.rows[user] = row
      if row.account.emailVerified { state.told.append(GoogleLinked(userID: user, linkID: UUID().uuidString)) }
      return .linked
    }
  }

  func unlink(_ user: UserID) -> GoogleUnlinkResult {
    state.withLock { state in
      guard var row = state.own.first(where: { $0.account.id == user }) else { return .accountGone }
      guard row.passwordHash != nil else { return .passwordRequired }
      (row.googleSubject, row.googleLinkedAt) = (nil, nil)
      row.account = row.account.with(googleLinked: false)
      state.rows[user] = row
      return .unlinked
    }
  }

  private func current(_ row: Row) -> Account {
    row.account.with(knownDevicesEpoch: devices.epoch(of: row.account.id))
  }

  private func change(_ id: UserID, _ edit: (inout Row) -> Void) {
    state.withLock { state in
      guard var row = state.rows[id] else { return }
      edit(&row)
      state.rows[id] = row
    }
  }
}

extension Account {
  func with(
    name: String?? = nil, email: EmailAddress? = nil, emailVerified: Bool? = nil, hasPassword: Bool? = nil,
    googleLinked: Bool? = nil, hasSecondFactor: Bool? = nil, hasPasskey: Bool? = nil,
    isDisabled: Bool? = nil, scope: Set<String>? = nil,
    operatorRole: OperatorRole?? = nil, knownDevicesEpoch: Int64? = nil
  ) -> Account {
    Account(
      id: id, email: email ?? self.email, name: name ?? self.name, emailVerified: emailVerified ?? self.emailVerified,
      hasPassword: hasPassword ?? self.hasPassword, googleLinked: googleLinked ?? self.googleLinked,
      hasSecondFactor: hasSecondFactor ?? self.hasSecondFactor, hasPasskey: hasPasskey ?? self.hasPasskey,
      isDisabled: isDisabled ?? self.isDisabled, scope: scope ?? self.scope,
      operatorRole: operatorRole ?? self.operatorRole, knownDevicesEpoch: knownDevicesEpoch ?? self.knownDevicesEpoch,
      createdAt: createdAt)
  }
}
