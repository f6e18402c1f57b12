import FoundationEssentials

/// Adds the tasks of schedules to the queue.
public protocol PeriodicTaskInbox: Sendable {
  /// The store's time, by which all instances see the same occurrences.
  func now() async throws -> Date
  /// Adds those tasks whose unique keys are new.
  func add(_ tasks: [NewTask]) async throws
}
