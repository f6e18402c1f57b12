import Application
import Domain
import FoundationEssentials

/// A passkey in memory.
struct PasskeyRow {
  var summary: PasskeySummary
  var stored: StoredPasskey
  /// Later ones have a larger number.
  let number: Int
}

extension InMemoryAccountRepository: PasskeyRepository {
  public func add(
    _ credential: NewPasskeyCredential, name: String, transports: [PasskeyTransport], to user: UserID
  ) async throws(IdentityError) -> PasskeyAddResult {
    let now = clock.now()
    return state.withLock { state in
      guard let owner = state.own.first(where: { $0.account.id == user }) else { return .accountGone }
      guard state.passkeys(of: user).count < PasskeyRules.mostPasskeys else { return .tooMany }
      guard !state.passkeys.contains(where: { $0.summary.credentialID == credential.id }) else { return .known }
      let id = PasskeyID(UUID())
      let summary = PasskeySummary(
        id: id, credentialID: credential.id, name: name, transports: transports, createdAt: now, lastUsedAt: nil)
      state.passkeys.append(
        PasskeyRow(
          summary: summary,
          stored: StoredPasskey(
            id: id, user: user, publicKey: credential.cose, counter: credential.counter,
            isBackupEligible: credential.isBackupEligible),
          number: (state.passkeys.map(\.number).max() ?? 0) + 1))
      state.notePasskeys(of: user)
      state.tell(.added, id, owner.account)
      return .added(summary)
    }
  }

  public func passkeys(of user: UserID) async throws(IdentityError) -> [PasskeySummary] {
    state.withLock { $0.passkeys(of: user).sorted { $0.number > $1.number }.map(\.summary) }
  }

  public func passkey(credentialID: [UInt8]) async throws(IdentityError) -> StoredPasskey? {
    state.withLock { $0.passkeys.first { $0.summary.credentialID == credentialID }?.stored }
  }

  public func signIn(
    with passkey: PasskeyID, counter: UInt32, isBackedUp: Bool, device: NewDevice
  ) async throws(IdentityError) -> Account? {
    let now = clock.now()
    return try state.withLock { state throws(IdentityError) in
      guard let place = state.passkeys.firstIndex(where: { $0.stored.id == passkey }) else { return nil }
      let stored = state.passkeys[place].stored
      guard let account = state.own.first(where: { $0.account.id == stored.user })?.account else { return nil }
      if account.isDisabled { throw .accountDisabled }
      guard PasskeyRules.canFollow(counter, after: stored.counter) else { return nil }
      try devices.insert(device, user: account.id)
      state.note(counter, at: place, now)
      return account
    }
  }

  public func use(_ passkey: PasskeyID, counter: UInt32, isBackedUp: Bool) async throws(IdentityError) -> Bool {
    let now = clock.now()
    return state.withLock { state in
      guard let place = state.passkeys.firstIndex(where: { $0.stored.id == passkey }),
        PasskeyRules.canFollow(counter, after: state.passkeys[place].stored.counter)
      else { return false }
      state.note(counter, at: place, now)
      return true
    }
  }

  public func remove(_ passkey: PasskeyID, of user: UserID) async throws(IdentityError) -> PasskeyRemoveResult {
    state.withLock { state in
      guard let owner = state.own.first(where: { $0.account.id == user }),
        let place = state.passkeys.firstIndex(where: { $0.stored.id == passkey && $0.stored.user == user })
      else { return .notFound }
      let hasOther = owner.passwordHash != nil || owner.googleSubject != nil || state.passkeys(of: user).count > 1
      guard hasOther else { return .lastWayIn }
      state.passkeys.remove(at: place)
      state.notePasskeys(of: user)
      state.tell(.removed, passkey, owner.account)
      return .removed
    }
  }
}

extension InMemoryAccountRepository.State {
  func passkeys(of user: UserID) -> [PasskeyRow] { passkeys.filter { $0.stored.user == user } }

  /// The account says whether it has a passkey.
  mutating func notePasskeys(of user: UserID) {
    guard var row = rows[user] else { return }
    row.account = row.account.with(hasPasskey: !passkeys(of: user).isEmpty)
    rows[user] = row
  }

  fileprivate mutating func tell(_ change: PasskeyChange, _ passkey: PasskeyID, _ owner: Account) {
    guard owner.emailVerified else { return }
    told.append(PasskeyChanged(userID: owner.id, passkeyID: passkey.description, change: change))
  }
}

extension InMemoryAccountRepository.State {
  fileprivate mutating func note(_ counter: UInt32, at place: Int, _ now: Date) {
    let (summary, stored) = (passkeys[place].summary, passkeys[place].stored)
    passkeys[place].stored = StoredPasskey(
      id: stored.id, user: stored.user, publicKey: stored.publicKey, counter: counter,
      isBackupEligible: stored.isBackupEligible)
    passkeys[place].summary = PasskeySummary(
      id: summary.id, credentialID: summary.credentialID, name: summary.name, transports: summary.transports,
      createdAt: summary.createdAt, lastUsedAt: now)
  }
}
