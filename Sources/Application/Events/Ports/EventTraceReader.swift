import Domain
import FoundationEssentials

/// An event as its outbox has it.
public struct EventRecord: Sendable, Equatable {
  public let context: BoundedContext
  public let envelope: EventEnvelope
  public let writtenAt: Date
  /// When the relay published it, the last time; nil while it waits.
  public let publishedAt: Date?
  /// The entry of the stream that the relay made of it, the last time; nil if the release before published it.
  public let entry: StreamEntryID?

  public init(
    context: BoundedContext, envelope: EventEnvelope, writtenAt: Date, publishedAt: Date?, entry: StreamEntryID?
  ) {
    self.context = context
    self.envelope = envelope
    self.writtenAt = writtenAt
    self.publishedAt = publishedAt
    self.entry = entry
  }
}

/// A consumer's record that it acted on an event, written with the effect.
public struct InboxRecord: Sendable, Equatable {
  public let consumer: String
  public let seenAt: Date

  public init(consumer: String, seenAt: Date) {
    self.consumer = consumer
    self.seenAt = seenAt
  }
}

/// What the database knows of an event and of its effects.
public protocol EventTraceReader: Sendable {
  /// - Returns: nil if there is no such event, or if its row has passed its retention.
  func record(of event: EventID) async throws -> EventRecord?
  func inbox(of event: EventID) async throws -> [InboxRecord]
  /// The tasks that an event may have made.
  /// - Parameters:
  ///   - wanted: what the event makes.
  ///   - seenAt: when the event was acted on; a task without a unique key is known by that time.
  func tasks(_ wanted: [NewTask], seenAt: Date) async throws -> [TaskSummary]
}
