import Application
import Domain
import FoundationEssentials
import Synchronization

/// Wallets and their ledger in memory, under one lock. A version rises with each change, and the ledger only grows.
public final class InMemoryWallets: WalletReader {
  struct Freeze {
    let standing: ActiveFreeze
    var thawedAt: Date?

    func stands(at moment: Date) -> Bool { standing.since < moment && (thawedAt ?? .distantFuture) >= moment }
  }

  struct Account {
    var wallet = Wallet.empty
    var version: Int64 = 0
    /// The oldest first.
    var freezes: [Freeze] = []
    var isFrozen: Bool { freezes.contains { $0.thawedAt == nil } }
    var balance: FreezableWallet { FreezableWallet(wallet: wallet, isFrozen: isFrozen) }
  }

  struct Entry {
    let user: UserID
    let requested: TalkTime
    let after: Wallet
    let line: LedgerLine
  }

  struct State {
    var accounts: [UserID: Account] = [:]
    var entries: [Entry] = []
    /// The held time for a purpose.
    var holds: [String: TalkTime] = [:]
    /// The users who can have a wallet, for operators' actions.
    var users: Set<UserID> = []
    var actions: [String] = []
  }

  let clock: FakeClock
  let state = Mutex(State())
  let granted = DailyUse()

  public init(clock: FakeClock = FakeClock()) { self.clock = clock }

  public func wallet(of user: UserID) -> Wallet { state.withLock { $0.accounts[user]?.wallet } ?? .empty }

  public func balance(of user: UserID) async throws(BillingError) -> FreezableWallet {
    state.withLock { $0.accounts[user, default: Account()].balance }
  }

  public func balance(of user: UserID, at moment: Date) async throws(BillingError) -> FreezableWallet {
    let end = moment.nextMillisecond
    return state.withLock { state in
      let last = state.entries.last { $0.user == user && $0.line.createdAt < end }
      let freezes = state.accounts[user]?.freezes ?? []
      return FreezableWallet(wallet: last?.after ?? .empty, isFrozen: freezes.contains { $0.stands(at: end) })
    }
  }

  public func ledger(
    of user: UserID, limit: Int, after: Int64?, includeHolds: Bool
  ) async throws(BillingError) -> (items: [LedgerLine], next: Int64?) {
    let lines = state.withLock { $0.entries }.filter { entry in
      entry.user == user && entry.line.id < after ?? .max
        && (includeHolds || !["hold", "release"].contains(entry.line.kind))
    }.map(\.line).reversed()
    let page = Array(lines.prefix(limit))
    return (page, lines.count > limit ? page.last?.id : nil)
  }

  /// One entry: the change of a wallet by a service.
  /// - Returns: the wallet after it.
  @discardableResult
  public func write(
    _ kind: String, _ reference: String, of user: UserID, _ move: (inout Wallet) -> Wallet.Change
  ) -> Wallet {
    state.withLock { write(kind, reference, requested: .zero, of: user, &$0, move) }
  }

  @discardableResult
  func write(
    _ kind: String, _ reference: String, requested: TalkTime, of user: UserID, _ state: inout State,
    _ move: (inout Wallet) -> Wallet.Change
  ) -> Wallet {
    var account = state.accounts[user, default: Account()]
    let change = move(&account.wallet)
    account.version += 1
    state.accounts[user] = account
    let line = LedgerLine(
      id: Int64(state.entries.count + 1), kind: kind, amount: change.available + change.held, owedChange: change.owed,
      balanceAfter: account.wallet.balance, reference: reference, createdAt: clock.now())
    state.entries.append(Entry(user: user, requested: requested, after: account.wallet, line: line))
    return account.wallet
  }
}
