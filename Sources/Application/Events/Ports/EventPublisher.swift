import Domain

/// Publishes events to their streams.
public protocol EventPublisher: Sendable {
  /// Publishes each event to the stream of its context, in order.
  /// - Returns: the entry of each event.
  @discardableResult
  func publish(_ events: [(context: BoundedContext, envelope: EventEnvelope)]) async throws -> [StreamEntryID]
  /// Identifies the current content of the bus. It changes when the bus may have lost events.
  func incarnation(for source: String) async throws -> String
}
