import Application
import Synchronization

/// Nonces in memory: valid once, and for five minutes of a clock that the test controls.
public final class InMemoryGoogleNonceStore: GoogleNonceStore {
  private struct State {
    var now = Duration.zero
    var goodUntil: [String: Duration] = [:]
    var isAway = false
  }

  private let state = Mutex(State())

  public init() {}

  public func advance(_ duration: Duration) { state.withLock { $0.now += duration } }

  /// Whether the store cannot be reached.
  public func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

  public func keep(_ nonce: String) async throws(IdentityError) {
    try state.withLock { state throws(IdentityError) in
      guard !state.isAway else { throw .unavailable }
      state.goodUntil[nonce] = state.now + .seconds(300)
    }
  }

  public func isKept(_ nonce: String) async throws(IdentityError) -> Bool {
    try state.withLock { state throws(IdentityError) in
      guard !state.isAway else { throw .unavailable }
      return state.goodUntil[nonce].map { state.now < $0 } ?? false
    }
  }

  public func consume(_ nonce: String) async throws(IdentityError) -> Bool {
    try state.withLock { state throws(IdentityError) in
      guard !state.isAway else { throw .unavailable }
      guard let until = state.goodUntil.removeValue(forKey: nonce) else { return false }
      return state.now < until
    }
  }
}
