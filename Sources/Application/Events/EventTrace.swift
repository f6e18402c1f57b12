import Domain
import FoundationEssentials

/// What became of an entry of a stream in one group.
public struct EventDelivery: Sendable, Equatable {
  public enum State: Sendable, Equatable {
    /// The group does not exist: it is new, or Redis has lost it. It will read the entry.
    case missingGroup
    case undelivered
    /// Delivered and not acknowledged.
    /// - deliveries: the attempts so far.
    case pending(consumer: String, idle: Duration, deliveries: Int64)
    /// Handled, or moved to the dead letters.
    case acknowledged
    /// The stream does not have the entry any more, and the group does not have it pending. Whether the group has
    /// handled it cannot be told.
    case forgotten
  }

  public let stream: String
  public let entry: StreamEntryID
  public let group: String
  public let state: State

  public init(stream: String, entry: StreamEntryID, group: String, state: State) {
    self.stream = stream
    self.entry = entry
    self.group = group
    self.state = state
  }
}

/// The way of an event, from its outbox to its effects.
public struct EventTrace: Sendable, Equatable {
  public let id: EventID
  /// Nil for an event without an outbox, such as `session.ended`, and after the outbox's retention.
  public let record: EventRecord?
  /// One for each entry of the event and each group. Empty if the stream has no entry of it and the relay noted none.
  public let deliveries: [EventDelivery]
  public let deadLetters: [DeadLetter]
  /// Only consumers that keep an inbox are listed.
  public let inbox: [InboxRecord]
  public let tasks: [TaskSummary]

  public init(
    id: EventID, record: EventRecord?, deliveries: [EventDelivery], deadLetters: [DeadLetter], inbox: [InboxRecord],
    tasks: [TaskSummary]
  ) {
    self.id = id
    self.record = record
    self.deliveries = deliveries
    self.deadLetters = deadLetters
    self.inbox = inbox
    self.tasks = tasks
  }
}
