import Domain

/// An operator retries, cancels, hastens or reorders all tasks to which a filter applies.
public struct ActOnTasks: Sendable {
  private let actions: any TaskActionRepository

  static let sample = 20

  public init(actions: any TaskActionRepository) { self.actions = actions }

  /// What the action would concern.
  public func preview(_ action: TaskAction, on filter: TaskFilter) async throws(TaskError) -> TaskActionPreview {
    do { return try await actions.preview(action, on: filter, sample: Self.sample) } catch { throw .unavailable }
  }

  /// - Parameter actor: the operator's user id, or `cli:` and a name
  /// - Returns: the id of the task that carries the action out, and how many tasks it concerns.
  public func callAsFunction(
    _ action: TaskAction, on filter: TaskFilter, reason: String, actor: String
  ) async throws(TaskError) -> (id: TaskID, count: TaskCount) {
    guard !filter.isEmpty else { throw .emptyFilter }
    guard let reason = Reason(reason) else { throw .invalidReason }
    do {
      return try await actions.start(NewTaskAction(action, on: filter, reason: reason, actor: actor))
    } catch {
      throw .unavailable
    }
  }
}
