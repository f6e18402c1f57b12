/// The contexts that have an event stream each: `tt:{bus}:events:<context>`.
public enum BoundedContext: String, Sendable, CaseIterable, Codable {
  case identity, billing, talk, tasks
}

/// A fact that other services may need. Its payload contains no secret and no address: more people can read streams,
/// dead letters and backups than tables.
public protocol DomainEvent: Sendable, Codable {
  /// The event's type, such as `payment.captured`; stable, part of the contract between the services.
  static var type: String { get }
  static var context: BoundedContext { get }
  /// What the event is about, such as a user's or a session's id.
  var subject: String { get }
}
