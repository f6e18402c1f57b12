import Domain

/// Reads tasks as their owner or an operator may see them.
public struct ReadTasks: Sendable {
  private let tasks: any TaskReader

  public init(tasks: any TaskReader) { self.tasks = tasks }

  /// A page of tasks, newest first.
  /// - Returns: the tasks, and the beginning of the next page; nil on the last one.
  public func page(
    _ scope: TaskOwnerFilter, after cursor: TaskCursor?, limit: Int
  ) async throws(TaskError) -> (items: [TaskSummary], next: TaskCursor?) {
    let found: [TaskSummary]
    // One more than the page holds, to see whether another page follows.
    do { found = try await tasks.page(scope, after: cursor, limit: limit + 1) } catch { throw .unavailable }
    let items = Array(found.prefix(limit))
    guard found.count > limit, let last = items.last else { return (items, nil) }
    return (items, TaskCursor(createdAt: last.createdAt, id: last.id))
  }

  public func callAsFunction(_ id: TaskID, _ scope: TaskOwnerFilter) async throws(TaskError) -> TaskSummary {
    let found: TaskSummary?
    do { found = try await tasks.task(id, scope) } catch { throw .unavailable }
    guard let found else { throw .notFound }
    return found
  }

  /// The failed attempts that are kept of a task, the oldest first. For operators only.
  public func failures(of id: TaskID) async throws(TaskError) -> [TaskFailure] {
    do { return try await tasks.failures(of: id) } catch { throw .unavailable }
  }

  /// The number of tasks in each state.
  public func counts(_ scope: TaskOwnerFilter) async throws(TaskError) -> [TaskState: Int] {
    do { return try await tasks.counts(scope) } catch { throw .unavailable }
  }
}
