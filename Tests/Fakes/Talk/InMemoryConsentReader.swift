import Application
import Domain
import Synchronization

public final class InMemoryConsentReader: ConsentReader {
  private struct State {
    var given: [UserID: Set<String>] = [:]
    var isAway = false
  }

  private let state = Mutex(State())

  public init() {}

  public func give(_ version: String, by user: UserID) {
    state.withLock { _ = $0.given[user, default: []].insert(version) }
  }

  public func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

  public func hasConsented(_ user: UserID, to version: ConsentVersion) async throws(TalkLedgerError) -> Bool {
    try state.withLock { state throws(TalkLedgerError) in
      if state.isAway { throw .unavailable }
      return state.given[user]?.contains(version.text) == true
    }
  }
}
