import Synchronization

/// What a worker knows about its lease, by its own clock.
final class TaskWorkerLease: Sendable {
  private struct State {
    /// Since when every extension has succeeded in time.
    var steadySince: ContinuousClock.Instant?
    var last: ContinuousClock.Instant?
  }

  private let lease: Duration
  private let state = Mutex(State())

  init(_ lease: Duration) { self.lease = lease }

  /// Whether every extension has succeeded for as long as a lease. Before, this worker cannot tell dead workers from those
  /// that could not reach the database either, nor whether its own process was paused.
  var isSteady: Bool {
    let now = ContinuousClock.now
    return state.withLock { state in
      guard let since = state.steadySince, let last = state.last else { return false }
      return now - since >= lease && now - last < lease
    }
  }

  /// - Parameter begun: when the extension was asked for.
  func extended(_ begun: ContinuousClock.Instant) {
    state.withLock { state in
      if let last = state.last, begun - last >= lease { state.steadySince = nil }
      state.steadySince = state.steadySince ?? begun
      state.last = begun
    }
  }

  func failed() { state.withLock { $0.steadySince = nil } }
}
