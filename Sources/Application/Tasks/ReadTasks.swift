import Domain

/// Reads tasks as their owner or an operator may see them.
public struct ReadTasks: Sendable {
  private let tasks: any TaskReader

  public init(tasks: any TaskReader) { self.tasks = tasks }

  /// A page of the tasks to which the filter applies, newest first. It may have fewer tasks than the limit, or none, and
  /// a next page all the same.
  /// - Returns: the tasks, and the beginning of the next page; nil on the last one.
  /// - Throws: `noListTime`, `unknownListType`, `unavailable`.
  public func page(
    _ scope: TaskOwnerFilter, _ filter: TaskFilter = TaskFilter(), after cursor: TaskCursor?, limit: Int
  ) async throws(TaskError) -> (items: [TaskSummary], next: TaskCursor?) {
    guard !filter.hasNoTime else { throw .noListTime }
    // One more than the page holds, to see whether another page follows.
    let found = try await found(scope, filter, after: cursor, limit: limit + 1)
    let items = Array(found.tasks.prefix(limit))
    // The queue may have tasks of a type that only another release knows.
    if items.isEmpty, cursor == nil, let type = filter.type, TaskType(rawValue: type) == nil { throw .unknownListType }
    guard found.tasks.count > limit, let last = items.last else { return (items, found.end) }
    return (items, TaskCursor(createdAt: last.createdAt, id: last.id))
  }

  private func found(
    _ scope: TaskOwnerFilter, _ filter: TaskFilter, after cursor: TaskCursor?, limit: Int
  ) async throws(TaskError) -> FoundTasks {
    do {
      guard filter.isEmpty else { return try await tasks.search(scope, filter, after: cursor, limit: limit) }
      return FoundTasks(try await tasks.page(scope, after: cursor, limit: limit), end: nil)
    } catch {
      throw .unavailable
    }
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

  /// The number of tasks in each state, and the age of the oldest of them.
  public func stats(_ scope: TaskOwnerFilter) async throws(TaskError) -> TaskStats {
    do { return try await tasks.stats(scope) } catch { throw .unavailable }
  }
}
