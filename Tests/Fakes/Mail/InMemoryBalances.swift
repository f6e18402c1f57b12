import Application
import Domain
import Synchronization

/// The balances of users, as a test sets them.
public final class InMemoryBalances: BalanceReader {
  struct Away: Error {}

  private struct State {
    var balances: [UserID: TalkTime]
    var isAway = false
  }

  private let state: Mutex<State>

  public init(_ balances: [UserID: TalkTime]) { state = Mutex(State(balances: balances)) }

  public func set(_ balance: TalkTime, of user: UserID) { state.withLock { $0.balances[user] = balance } }

  /// Whether every read fails.
  public var isAway: Bool {
    get { state.withLock(\.isAway) }
    set { state.withLock { $0.isAway = newValue } }
  }

  public func balance(of user: UserID) async throws -> TalkTime {
    try state.withLock {
      if $0.isAway { throw Away() }
      return $0.balances[user] ?? .zero
    }
  }
}
