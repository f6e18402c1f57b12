import Domain

public enum TaskEnd: Sendable, Equatable {
  case completed
  case failed(code: String)
  case again(after: Duration, code: String?, counts: Bool)
}

/// Puts the tasks of an event in the queue together with the note that the event was seen, in one transaction.
public protocol TaskIntake: Sendable {
  /// Does nothing when the event was seen before.
  func enqueue(_ tasks: [NewTask], wake: TaskWake?, for event: EventID) async throws
}
