import Synchronization

/// Signals for committed transactions within this process. Postgres' own NOTIFY takes one lock for the whole database
/// until the commit is on disk, so transactions that notify never share a flush.
final class InProcessCommitSignals: Sendable {
  private struct State {
    var next = 0
    var listeners: [String: [Int: AsyncStream<Void>.Continuation]] = [:]
  }

  private let state = Mutex(State())

  /// Announcements that are made while a listener is busy become one signal.
  func listen(to topic: String) -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let id = state.withLock { state in
      state.next += 1
      state.listeners[topic, default: [:]][state.next] = continuation
      return state.next
    }
    continuation.onTermination = { [weak self] _ in
      self?.state.withLock { state in _ = state.listeners[topic]?.removeValue(forKey: id) }
    }
    return stream
  }

  func announce(_ topics: Set<String>) {
    let heard = state.withLock { state in topics.flatMap { state.listeners[$0]?.values.map { $0 } ?? [] } }
    for listener in heard { listener.yield() }
  }
}
