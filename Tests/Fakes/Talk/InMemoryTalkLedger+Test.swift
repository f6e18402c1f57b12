import Application
import Domain
import FoundationEssentials

/// The test's control of the ledger, and its view of the ledger's state.
extension InMemoryTalkLedger {
  /// Advances the clock of the store.
  public func advance(_ time: TalkTime) { state.withLock { $0.now += Double(time.milliseconds) / 1_000 } }

  public func credit(_ user: UserID, _ time: TalkTime) {
    state.withLock { state in
      state.now += 0.001
      state.write(user) { $0.credit(time) }
    }
  }

  /// Charges talk time that was found later. What the wallet lacks is owed.
  public func debit(_ user: UserID, _ time: TalkTime) { state.withLock { $0.write(user) { $0.debit(time) } } }

  /// Makes a new version of the wallet, as every change in the ledger does.
  public func freeze(_ user: UserID, _ isFrozen: Bool = true) {
    state.withLock { state in
      var account = state.account(user)
      account.isFrozen = isFrozen
      account.version += 1
      state.accounts[user] = account
    }
  }

  public func closeAccount(of user: UserID) { state.withLock { _ = $0.closedAccounts.insert(user) } }

  /// The operators' actions, in order.
  public var actions: [OperatorTalkAction] { state.withLock { $0.actions } }

  /// - Parameter mishap: nil to let the step succeed again.
  public func happen(at step: Step, _ mishap: Mishap?) { state.withLock { $0.mishaps[step] = mishap } }

  /// The number of steps that hang at the moment, including those whose caller has given up.
  public var hanging: Int { state.withLock { $0.hanging } }

  public func purse(of user: UserID) -> Wallet { state.withLock { $0.account(user).wallet } }

  public func settlement(of session: SessionID) -> TalkClosing? {
    state.withLock { $0.talks[session]?.settled?.settlement }
  }

  /// The duration of a conversation, if it is known.
  public func duration(of conversation: String) -> TalkTime? {
    state.withLock { $0.conversations.first { $0.id == conversation }?.duration }
  }
}
