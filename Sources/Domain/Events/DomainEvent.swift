/// The streams, one a context: `tt:{bus}:events:<context>`.
public enum EventContext: String, Sendable, CaseIterable, Codable {
  case identity, billing, talk, tasks
}

/// A fact that other services may want to know. Its payload holds no secret and no address: streams, dead letters and
/// backups are read by more eyes than the tables.
public protocol DomainEvent: Sendable, Codable {
  /// Such as `payment.captured`; stable, part of the contract between the services.
  static var type: String { get }
  static var context: EventContext { get }
  /// What the event is about, such as a user's or a session's id.
  var subject: String { get }
}
