import Application
import Domain
import FoundationEssentials

extension InMemoryAccountRepository: AccountDeletionRepository, DeletedAccountReader {
  public func isDeleted(_ user: UserID) -> Bool { state.withLock { $0.rows[user]?.deletedAt != nil } }

  /// Sets what is left in the user's wallet.
  public func setBalance(_ time: TalkTime, of user: UserID) { state.withLock { $0.balances[user] = time } }

  public func delete(
    _ user: UserID, provenBy proof: OwnershipProof, forfeitsBalance: Bool
  ) async throws(IdentityError) -> AccountDeletionResult {
    let now = clock.now()
    let result = state.withLock { state -> AccountDeletionResult in
      guard let row = state.rows[user], !row.hasAddressProblem else { return .gone }
      switch proof {
      case .password(let hash): guard row.passwordHash == hash else { return .notProven }
      case .google(let subject): guard row.googleSubject == subject else { return .notProven }
      case .passkey(let id):
        let isOwn = state.passkeys.contains { $0.stored.id == id && $0.stored.user == user }
        guard isOwn else { return .notProven }
      case .mailedCode(let id):
        guard let link = state.open(id, at: now), link.user == user, link.purpose == .reauthenticate else {
          return .notProven
        }
      }
      let left = state.balances[user] ?? .zero
      if left > .zero, !forfeitsBalance { return .balanceLeft(left) }
      state.erase(user, at: now)
      return .deleted
    }
    if result == .deleted { devices.close(user, cause: .accountDeleted) }
    return result
  }
}

extension InMemoryAccountRepository.State {
  fileprivate mutating func erase(_ user: UserID, at now: Date) {
    guard var row = rows[user] else { return }
    (row.passwordHash, row.googleSubject) = (nil, nil)
    row.account = row.account.with(
      name: .some(nil), emailVerified: false, hasPassword: false, googleLinked: false, isDisabled: true)
    (row.hasAddressProblem, row.disabledAt, row.deletedAt) = (true, row.disabledAt ?? now, now)
    row.carePlanMail = nil
    rows[user] = row
    links = links.filter { $0.value.link.user != user }
    consents[user] = nil
    told.append(UserDeleted(userID: user))
  }
}
