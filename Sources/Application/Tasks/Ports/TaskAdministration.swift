import Domain
import FoundationEssentials

/// An operator's actions on the queue. Each is recorded in the audit log, and returns the task after the action, or nil
/// if its state does not allow the action.
public protocol TaskAdministration: Sendable {
  func retry(_ id: TaskID, reason: Reason, actor: String) async throws -> TaskSummary?
  /// A running task is asked to stop: it is cancelled when its handler has ended.
  func cancel(_ id: TaskID, reason: Reason, actor: String) async throws -> TaskSummary?
}
