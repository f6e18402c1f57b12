import Application
import Synchronization

public final class InMemoryDrainRequestStore: DrainRequestStore {
  private struct State {
    var request: DrainRequest?
    var isAway = false
  }

  private let state = Mutex(State())

  public init() {}

  public func goAway(_ isAway: Bool = true) { state.withLock { $0.isAway = isAway } }

  public func current() async throws(LiveTalkError) -> DrainRequest? {
    try state.withLock { state throws(LiveTalkError) in
      if state.isAway { throw .unavailable }
      return state.request
    }
  }

  public func set(_ request: DrainRequest?) async throws(LiveTalkError) {
    try state.withLock { state throws(LiveTalkError) in
      if state.isAway { throw .unavailable }
      state.request = request
    }
  }
}
