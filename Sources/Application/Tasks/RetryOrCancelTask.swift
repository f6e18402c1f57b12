import Domain

/// Retries or cancels a task for an operator.
public struct RetryOrCancelTask: Sendable {
  public enum Wish: Sendable, CaseIterable { case retry, cancel }

  private let read: ReadTasks
  private let tasks: any TaskAdministration

  public init(read: ReadTasks, tasks: any TaskAdministration) {
    self.read = read
    self.tasks = tasks
  }

  /// - Parameter actor: the operator's user id, or `cli:` and a name
  /// - Returns: the task after the action.
  public func callAsFunction(
    _ wish: Wish, _ id: TaskID, reason: String, actor: String
  ) async throws(TaskError) -> TaskSummary {
    guard let reason = Reason(reason) else { throw .invalidReason }
    _ = try await read(id, .everyone)
    let steered: TaskSummary?
    do {
      switch wish {
      case .retry: steered = try await tasks.retry(id, reason: reason, actor: actor)
      case .cancel: steered = try await tasks.cancel(id, reason: reason, actor: actor)
      }
    } catch { throw .unavailable }
    guard let steered else { throw .stateForbids }
    return steered
  }
}
