import Domain

/// Carries events to their streams.
public protocol EventPublisher: Sendable {
  /// Each event to the stream of its context, in order.
  func publish(_ events: [(context: EventContext, envelope: EventEnvelope)]) async throws
  /// What identifies the present content of the bus: it changes when the bus may have lost something.
  func incarnation(for source: String) async throws -> String
}
