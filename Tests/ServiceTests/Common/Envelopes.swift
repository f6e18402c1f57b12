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
}
