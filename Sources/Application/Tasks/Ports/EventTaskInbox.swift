import Domain

public enum TaskDisposition: Sendable, Equatable {
  case completed
  case failed(code: String)
  case again(after: Duration, code: String?, counts: Bool)
  case cancelled
  /// Until a worker knows its version.
  case parked(code: String)
}

/// Adds the tasks of an event to the queue and records the event as seen, in one transaction.
public protocol EventTaskInbox: Sendable {
  /// Does nothing if the event was seen before. Of the tasks of a deleted account only those of its erasure are added.
  func enqueue(_ tasks: [NewTask], wake: TaskWakeUp?, for event: EventID) async throws
}
