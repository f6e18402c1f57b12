import Application
import Domain
import FoundationEssentials

/// What a test does to the books, and what it sees of them.
extension InMemoryTalkLedger {
  /// Turns the clock of the store.
  public func advance(_ time: TalkTime) { state.withLock { $0.now += Double(time.milliseconds) / 1_000 } }

  public func credit(_ user: UserID, _ time: TalkTime) {
    state.withLock { state in
      state.now += 0.001
      state.write(user) { $0.credit(time) }
    }
  }

  /// Talk that was found later; what the wallet lacks is owed.
  public func debit(_ user: UserID, _ time: TalkTime) { state.withLock { $0.write(user) { $0.debit(time) } } }

  /// Makes a version, as every word of the ledger on a wallet does.
  public func freeze(_ user: UserID, _ isFrozen: Bool = true) {
    state.withLock { state in
      var account = state.account(user)
      account.isFrozen = isFrozen
      account.version += 1
      state.accounts[user] = account
    }
  }

  public func closeAccount(of user: UserID) { state.withLock { _ = $0.closedAccounts.insert(user) } }

  /// What operators did, in order.
  public var actions: [TalkAction] { state.withLock { $0.actions } }

  /// - Parameter mishap: nil to let it go well again.
  public func happen(at step: Step, _ mishap: Mishap?) { state.withLock { $0.mishaps[step] = mishap } }

  /// How many steps hang on just now, whoever has given them up.
  public var hanging: Int { state.withLock { $0.hanging } }

  public func purse(of user: UserID) -> Wallet { state.withLock { $0.account(user).wallet } }

  public func settlement(of session: SessionID) -> Settlement? {
    state.withLock { $0.talks[session]?.settled?.settlement }
  }

  /// How long it was, for a conversation whose duration is known.
  public func duration(of conversation: String) -> TalkTime? {
    state.withLock { $0.conversations.first { $0.id == conversation }?.duration }
  }
}
