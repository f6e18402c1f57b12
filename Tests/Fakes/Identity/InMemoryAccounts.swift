import Application
import Domain
import FoundationEssentials
import Synchronization

/// Accounts in memory: one an address, however it is capitalized, and one a Google subject.
public final class InMemoryAccounts: StoresAccounts {
  private struct Row {
    var account: Account
    var passwordHash: String?
    var googleSubject: String?
  }

  private struct State {
    var rows: [UserID: Row] = [:]
    var verifications: [String: (address: String, row: EmailVerification)] = [:]
    var told: [any DomainEvent] = []
  }

  private let clock: FakeClock
  private let state = Mutex(State())

  public init(clock: FakeClock = FakeClock()) { self.clock = clock }

  /// The types of the events, in order.
  public var told: [String] { state.withLock { $0.told.map { type(of: $0).type } } }

  /// The ids of the verifications that were asked for, in order.
  public var requested: [String] {
    state.withLock { $0.told.compactMap { ($0 as? EmailVerificationRequested)?.verificationID } }
  }

  public func disable(_ id: UserID) { change(id) { $0.account = $0.account.with(isDisabled: true) } }

  public func create(_ new: NewAccount) async throws(IdentityError) -> Account {
    let now = clock.now()
    return try state.withLock { state throws(IdentityError) in
      let taken = state.rows.values.contains { row in
        row.account.email == new.email || (new.googleSubject != nil && row.googleSubject == new.googleSubject)
      }
      if taken { throw .emailTaken }
      let account = Account(
        id: UserID(UUID()), email: new.email, name: new.name, emailVerified: new.emailVerified,
        hasPassword: new.passwordHash != nil, googleLinked: new.googleSubject != nil, isDisabled: false, scope: [],
        createdAt: now)
      state.rows[account.id] = Row(
        account: account, passwordHash: new.passwordHash, googleSubject: new.googleSubject)
      state.told.append(UserRegistered(userID: account.id))
      if !new.emailVerified { request(account, now, &state) }
      return account
    }
  }

  public func account(_ id: UserID) async throws(IdentityError) -> Account? {
    state.withLock { $0.rows[id]?.account }
  }

  public func account(
    email: EmailAddress
  ) async throws(IdentityError) -> (account: Account, passwordHash: String?)? {
    state.withLock { state in
      state.rows.values.first { $0.account.email == email }.map { ($0.account, $0.passwordHash) }
    }
  }

  public func account(googleSubject: String) async throws(IdentityError) -> Account? {
    state.withLock { $0.rows.values.first { $0.googleSubject == googleSubject }?.account }
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

  public func verification(_ id: String) async throws(IdentityError) -> EmailVerification? {
    guard let uuid = UUID(uuidString: id) else { return nil }
    return state.withLock { state in
      guard let found = state.verifications[uuid.uuidString.lowercased()],
        state.rows[found.row.user]?.account.email.text == found.address
      else { return nil }
      return found.row
    }
  }

  public func verified(_ verification: EmailVerification) async throws(IdentityError) {
    guard UUID(uuidString: verification.id) != nil else { throw .invalidToken }
    state.withLock { state in
      guard let account = state.rows[verification.user]?.account, !account.emailVerified else { return }
      state.rows[verification.user]?.account = account.with(emailVerified: true)
      state.told.append(EmailVerified(userID: account.id))
    }
  }

  public func requestVerification(of id: UserID) async throws(IdentityError) {
    let now = clock.now()
    state.withLock { state in
      guard let account = state.rows[id]?.account, !account.emailVerified else { return }
      request(account, now, &state)
    }
  }

  private func request(_ account: Account, _ now: Date, _ state: inout State) {
    let id = UUID().uuidString.lowercased()
    let row = EmailVerification(id: id, user: account.id, expiresAt: now + 24 * 3_600)
    state.verifications[id] = (account.email.text, row)
    state.told.append(EmailVerificationRequested(userID: account.id, verificationID: id))
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
  fileprivate func with(
    name: String?? = nil, emailVerified: Bool? = nil, hasPassword: Bool? = nil, isDisabled: Bool? = nil
  ) -> Account {
    Account(
      id: id, email: email, name: name ?? self.name, emailVerified: emailVerified ?? self.emailVerified,
      hasPassword: hasPassword ?? self.hasPassword, googleLinked: googleLinked,
      isDisabled: isDisabled ?? self.isDisabled, scope: scope, createdAt: createdAt)
  }
}
