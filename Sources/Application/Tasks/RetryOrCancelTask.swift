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

  /// - Returns: the task after the action.
  public func callAsFunction(_ wish: Wish, _ id: TaskID) async throws(TaskError) -> TaskSummary {
    _ = try await read(id, .everyone)
    let steered: TaskSummary?
    do {
      switch wish {
      case .retry: steered = try await tasks.retry(id)
      case .cancel: steered = try await tasks.cancel(id)
      }
    } catch { throw .unavailable }
    guard let steered else { throw .stateForbids }
    return steered
  }
}
