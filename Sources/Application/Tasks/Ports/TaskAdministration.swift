import Domain
import FoundationEssentials

/// An operator's hand on the queue. Each returns the task as it is then, or nil where its state forbids it.
public protocol TaskAdministration: Sendable {
  func retry(_ id: TaskID) async throws -> TaskSummary?
  func cancel(_ id: TaskID) async throws -> TaskSummary?
}
