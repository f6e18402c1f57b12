import Synchronization

/// What a worker knows about its lease, by its own clock.
final class TaskWorkerLease: Sendable {
  private struct State {
    /// Since when every extension has succeeded in time.
    var steadySince: ContinuousClock.Instant?
    var last: ContinuousClock.Instant?
    var end: ContinuousClock.Instant?
  }

  private let lease: Duration
  private let state = Mutex(State())

  init(_ lease: Duration) { self.lease = lease }

  /// Whether every extension has succeeded for as long as a lease. Before, this worker cannot tell dead workers from
  /// those that could not reach the database either, nor whether its own process was paused.
  var isSteady: Bool {
    let now = ContinuousClock.now
    return state.withLock { state in
      guard let since = state.steadySince, let last = state.last else { return false }
      return now - since >= lease && now - last < lease
    }
  }

  /// Whether another worker may have taken this one's tasks.
  var isOver: Bool { state.withLock { state in state.end.map { $0 <= .now } ?? false } }

  /// - Parameter end: until when the lease lasts at least.
  func lasts(until end: ContinuousClock.Instant) { state.withLock { $0.end = max($0.end ?? end, end) } }

  /// - Parameter begun: when the extension was asked for.
  func extended(_ begun: ContinuousClock.Instant) {
    lasts(until: begun + lease)
    state.withLock { state in
      if let last = state.last, begun - last >= lease { state.steadySince = nil }
      state.steadySince = state.steadySince ?? begun
      state.last = begun
    }
  }

  func failed() { state.withLock { $0.steadySince = nil } }
}
