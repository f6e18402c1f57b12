import Domain

/// An operator retries, cancels, hastens or reorders all tasks to which a filter applies.
public struct ActOnTasks: Sendable {
  private let actions: any TaskActionRepository

  static let sample = 20

  public init(actions: any TaskActionRepository) { self.actions = actions }

  /// What the action would concern.
  /// - Throws: `noTime`, `unknownType`, `unavailable`.
  public func preview(_ action: TaskAction, on filter: TaskFilter) async throws(TaskError) -> TaskActionPreview {
    guard !filter.hasNoTime else { throw .noTime }
    let found: TaskActionPreview
    do { found = try await actions.preview(action, on: filter, sample: Self.sample) } catch { throw .unavailable }
    // The queue may have tasks of a type that only another release knows. A type that nobody knows has none.
    if found.count == TaskCount(counted: 0), Self.isUnknown(filter.type) { throw .unknownType }
    return found
  }

  private static func isUnknown(_ type: String?) -> Bool { type.map { TaskType(rawValue: $0) == nil } ?? false }

  /// - Parameter actor: the operator's user id, or `cli:` and a name
  /// - Returns: the id of the task that carries the action out, and how many tasks it concerns.
  public func callAsFunction(
    _ action: TaskAction, on filter: TaskFilter, reason: String, actor: String
  ) async throws(TaskError) -> (id: TaskID, count: TaskCount) {
    guard !filter.isEmpty else { throw .emptyFilter }
    guard let reason = Reason(reason) else { throw .invalidReason }
    guard !filter.hasNoTime else { throw .noTime }
    if Self.isUnknown(filter.type) { _ = try await preview(action, on: filter) }
    do {
      return try await actions.start(NewTaskAction(action, on: filter, reason: reason, actor: actor))
    } catch {
      throw .unavailable
    }
  }
}
