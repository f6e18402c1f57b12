/// An event has a type that is known here, and data that is not of that type. No attempt can read it, unless a later
/// release does. It is an error of its own, because a `DecodingError` may also come from what a handler reads
/// elsewhere, such as an answer of a provider, and then says nothing about the event.
public struct UndecodableEvent: Error, Equatable, CustomStringConvertible {
  /// The event's type, such as `session.settled`.
  public let type: String
  /// What the decoder has said.
  public let reason: String

  public init(type: String, reason: String) {
    self.type = type
    self.reason = reason
  }

  public var description: String { "the data is not that of \(type): \(reason)" }
}
