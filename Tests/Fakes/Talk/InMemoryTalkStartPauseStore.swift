import Application
import Synchronization

public final class InMemoryTalkStartPauseStore: TalkStartPauseStore {
  private struct State {
    var request: TalkStartPause?
    var isAway = false
  }

  private let state = Mutex(State())

  public init() {}

  public func goAway(_ isAway: Bool = true) { state.withLock { $0.isAway = isAway } }

  public func current() async throws(LiveTalkError) -> TalkStartPause? {
    try state.withLock { state throws(LiveTalkError) in
      if state.isAway { throw .unavailable }
      return state.request
    }
  }

  public func set(_ request: TalkStartPause?) async throws(LiveTalkError) {
    try state.withLock { state throws(LiveTalkError) in
      if state.isAway { throw .unavailable }
      state.request = request
    }
  }
}
