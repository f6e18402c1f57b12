import Application
import Domain
import Foundation

enum Envelopes {
  /// An event with an id of its own, or with this one.
  static func envelope(_ event: some DomainEvent, id: EventID = EventID(UUID())) throws -> EventEnvelope {
    EventEnvelope(
      id: id, source: "/talktime/test", type: type(of: event).type, subject: event.subject, time: nil,
      data: try EventEnvelope.data(of: event))
  }

  /// Whether a consumer gives up on an event of this type at its first attempt, if the event's data is not that of the
  /// type.
  static func isBuriedAtOnce(undecodable type: String, by consumer: EventSubscription) async -> Bool {
    do {
      try await consumer.handle(
        EventEnvelope(
          id: EventID(UUID()), source: "/talktime/test", type: type, subject: "s", time: nil, data: #"{"a":1}"#))
      return false
    } catch {
      return consumer.isFinal(error) && !consumer.isAway(error)
    }
  }
}
