import Domain

/// What a service does with the events of one stream, as a member of one group. An adapter delivers the events.
public struct EventSubscription: Sendable {
  /// A stream of events.
  public enum Source: Sendable, Hashable {
    case context(BoundedContext)
    /// The ends of talks, which the talks' own script writes.
    case endedTalks(Shard)
  }

  public let group: ConsumerGroupName
  public let source: Source
  /// How often an event may fail before it becomes a dead letter.
  public let maximumTries: Int
  /// Whether an error is a store's that cannot be reached or refuses every event; such an attempt does not count.
  public let isAway: @Sendable (any Error) -> Bool
  /// Whether another attempt cannot help after the error. The event becomes a dead letter at once. That is so for every
  /// event that cannot be decoded, and for what the subscription adds.
  public let isFinal: @Sendable (any Error) -> Bool
  /// Acts on an event. It must be idempotent, because an event may be delivered again, late, and after a later one.
  public let handle: @Sendable (EventEnvelope) async throws -> Void

  public init(
    group: ConsumerGroupName, source: Source, maximumTries: Int = 10,
    isAway: @escaping @Sendable (any Error) -> Bool,
    isFinal: @escaping @Sendable (any Error) -> Bool = { _ in false },
    handle: @escaping @Sendable (EventEnvelope) async throws -> Void
  ) {
    self.group = group
    self.source = source
    self.maximumTries = maximumTries
    self.isAway = isAway
    self.isFinal = { $0 is UndecodableEvent || isFinal($0) }
    self.handle = handle
  }
}
