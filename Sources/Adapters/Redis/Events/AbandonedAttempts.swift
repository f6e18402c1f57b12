import Synchronization

/// The attempts at events that did not heed their cancellation, and that their consumers have left to themselves. Each
/// keeps what it holds, such as a connection, until it ends or its process does. So there are only a few.
public final class AbandonedAttempts: Sendable {
  /// Those of this process.
  public static let ofProcess = AbandonedAttempts(most: 4)

  struct Place: Hashable, Sendable {
    let stream, group, consumer, entry: String
  }

  private struct State {
    var running: Set<Place> = []
    var stopped = 0
  }

  private let most: Int
  private let state = Mutex(State())

  /// - Parameter most: how many may go on at once.
  public init(most: Int) { self.most = most }

  /// How many go on.
  public var count: Int { state.withLock(\.running.count) }
  /// How many consumers read nothing, because there are as many as there may be.
  public var stoppedConsumers: Int { state.withLock(\.stopped) }

  /// False if there are as many as there may be.
  func begin(_ place: Place) -> Bool {
    state.withLock { state in
      guard state.running.count < most else { return false }
      return state.running.insert(place).inserted
    }
  }

  func end(_ place: Place) { state.withLock { _ = $0.running.remove(place) } }

  func contains(_ place: Place) -> Bool { state.withLock { $0.running.contains(place) } }

  func stop() { state.withLock { $0.stopped += 1 } }
  func goOn() { state.withLock { $0.stopped -= 1 } }
}
