import Application
import Domain
import Synchronization

/// The streams in memory.
public final class InMemoryEventBus: EventPublisher {
  public struct BusIsAway: Error {}

  private struct State {
    var streams: [BoundedContext: [EventEnvelope]] = [:]
    var entries: UInt64 = 0
    var life = 1
    var markers: [String: Int] = [:]
    var isAway = false
  }

  private let state = Mutex(State())

  public init() {}

  public func published(to context: BoundedContext) -> [EventEnvelope] { state.withLock { $0.streams[context] ?? [] } }

  /// Whether the bus cannot be reached.
  public func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

  /// Loses everything, as in a flush, so that each source finds another incarnation.
  public func lose() {
    state.withLock { state in
      state.streams = [:]
      state.markers = [:]
    }
  }

  @discardableResult
  public func publish(_ events: [(context: BoundedContext, envelope: EventEnvelope)]) async throws -> [StreamEntryID] {
    try state.withLock { state in
      guard !state.isAway else { throw BusIsAway() }
      return events.map { event in
        state.streams[event.context, default: []].append(event.envelope)
        state.entries += 1
        return StreamEntryID(milliseconds: state.entries)
      }
    }
  }

  public func incarnation(for source: String) async throws -> String {
    try state.withLock { state in
      guard !state.isAway else { throw BusIsAway() }
      if let marker = state.markers[source] { return "marker \(marker)" }
      state.life += 1
      state.markers[source] = state.life
      return "marker \(state.life)"
    }
  }
}
