import Application
import Synchronization

public final class InMemoryKeySetCache: KeySetCache {
  private let state: Mutex<(keySet: String?, isAway: Bool)>

  public init(_ keySet: String? = nil) { state = Mutex((keySet, false)) }

  /// Whether the store cannot be reached: then nothing is read, and a write is lost.
  public func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

  public func read() async -> String? { state.withLock { $0.isAway ? nil : $0.keySet } }

  public func write(_ keySet: String) async { state.withLock { if !$0.isAway { $0.keySet = keySet } } }
}
