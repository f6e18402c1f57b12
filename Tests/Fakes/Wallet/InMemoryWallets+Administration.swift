import Application
import Domain
import FoundationEssentials
import Synchronization

/// Operators' corrections: each is made once for its reference, and recorded with its operator.
extension InMemoryWallets: WalletAdministration {
  /// Makes a user known, as signing up does.
  public func add(_ user: UserID) { state.withLock { _ = $0.users.insert(user) } }

  /// Actor, action and reason of the operators' actions, in order.
  public var actions: [String] { state.withLock { $0.actions } }

  /// Freezes the wallet, as a dispute does.
  public func freeze(_ user: UserID, cause: String, reason: String) {
    state.withLock { _ = freeze(user, cause, reason, &$0) }
  }

  public func wallet(of user: UserID) async throws(WalletAdministrationError) -> WalletOverview {
    try state.withLock { state throws(WalletAdministrationError) in
      try require(user, state)
      let account = state.accounts[user, default: Account()]
      return WalletOverview(
        user: user, balance: account.balance, version: account.version,
        freezes: account.freezes.filter { $0.thawedAt == nil }.map(\.standing))
    }
  }

  public func correct(
    _ correction: WalletCorrection, of user: UserID, reference: CorrectionReference, _ auditNote: AuditNote,
    dailyCap: TalkTime?
  ) async throws(WalletAdministrationError) -> AdjustedWallet {
    try state.withLock { state throws(WalletAdministrationError) in
      try require(user, state)
      let isFrozen = state.accounts[user]?.isFrozen ?? false
      if let stands = try standing(correction, user, reference, state) {
        return AdjustedWallet(balance: FreezableWallet(wallet: stands.after, isFrozen: isFrozen), isRepeat: true)
      }
      let (kind, time) = (correction.kind.rawValue, correction.time)
      if let dailyCap,
        !granted.count(time.milliseconds, by: auditNote.actor, at: clock.now(), below: dailyCap.milliseconds)
      {
        throw .dailyCapReached
      }
      let wallet = write(kind, reference.text, requested: time, of: user, &state) {
        time > .zero ? $0.credit(time) : $0.debit(-time)
      }
      state.actions.append("\(auditNote.actor) wallet.\(kind == "grant" ? "grant" : "adjust") \(auditNote.reason)")
      return AdjustedWallet(balance: FreezableWallet(wallet: wallet, isFrozen: isFrozen), isRepeat: false)
    }
  }

  public func freeze(_ user: UserID, _ auditNote: AuditNote) async throws(WalletAdministrationError) -> AdjustedWallet {
    try state.withLock { state throws(WalletAdministrationError) in
      try require(user, state)
      let isRepeat = !freeze(user, "operator", auditNote.reason.text, &state)
      if !isRepeat { state.actions.append("\(auditNote.actor) wallet.freeze \(auditNote.reason)") }
      return AdjustedWallet(balance: state.accounts[user, default: Account()].balance, isRepeat: isRepeat)
    }
  }

  public func thaw(_ user: UserID, _ auditNote: AuditNote) async throws(WalletAdministrationError) -> AdjustedWallet {
    try state.withLock { state throws(WalletAdministrationError) in
      try require(user, state)
      let isRepeat = !thaw(user, "operator", &state)
      if !isRepeat { state.actions.append("\(auditNote.actor) wallet.thaw \(auditNote.reason)") }
      return AdjustedWallet(balance: state.accounts[user, default: Account()].balance, isRepeat: isRepeat)
    }
  }

  /// - Returns: whether the freeze is new.
  func freeze(_ user: UserID, _ cause: String, _ reason: String, _ state: inout State) -> Bool {
    var account = state.accounts[user, default: Account()]
    if account.freezes.contains(where: { $0.thawedAt == nil && $0.standing.cause == cause }) { return false }
    if !account.isFrozen { account.version += 1 }
    account.freezes.append(
      Freeze(standing: ActiveFreeze(cause: cause, reason: reason, since: clock.now()), thawedAt: nil))
    state.accounts[user] = account
    return true
  }

  /// - Returns: whether there was a freeze of this cause.
  func thaw(_ user: UserID, _ cause: String, _ state: inout State) -> Bool {
    var account = state.accounts[user, default: Account()]
    guard let index = account.freezes.firstIndex(where: { $0.thawedAt == nil && $0.standing.cause == cause }) else {
      return false
    }
    account.freezes[index].thawedAt = clock.now()
    if !account.isFrozen { account.version += 1 }
    state.accounts[user] = account
    return true
  }

  private func require(_ user: UserID, _ state: State) throws(WalletAdministrationError) {
    guard state.users.contains(user) else { throw .userNotFound }
  }

  private func standing(
    _ correction: WalletCorrection, _ user: UserID, _ reference: CorrectionReference, _ state: State
  ) throws(WalletAdministrationError) -> Entry? {
    guard let entry = state.entries.first(where: { $0.line.reference == reference.text }) else { return nil }
    var differences: Set<DifferingPostingField> = []
    if entry.user != user { differences.insert(.user) }
    if entry.line.kind != correction.kind.rawValue { differences.insert(.kind) }
    if entry.requested != correction.time { differences.insert(.amount) }
    guard differences.isEmpty else { throw .referenceReused(differences: differences) }
    return entry
  }
}
