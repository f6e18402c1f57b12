import Domain

public enum TaskDisposition: Sendable, Equatable {
  case completed
  case failed(code: String)
  case again(after: Duration, code: String?, counts: Bool)
  /// At a callback that has come since the claim or comes later, or after that time; the attempt does not count.
  case afterCallback(orAfter: Duration, code: String?)
  case cancelled
  /// Until a worker knows its version.
  case parked(code: String)
}

/// Adds the tasks of an event to the queue and records the event as seen, in one transaction.
public protocol EventTaskInbox: Sendable {
  /// Does nothing if the event was seen before. Of the tasks of a deleted account only those of its erasure are added.
  func enqueue(_ tasks: [NewTask], wake: TaskWakeUp?, for event: EventID) async throws
  /// Calls back every task of this key that is not finished: one that waits for it is due, and one that runs does not
  /// begin to wait. Does nothing if the event was seen before.
  func callBack(_ key: String, for event: EventID) async throws
}
