import Domain
import FoundationEssentials

/// A task as its owner or an operator sees it: without its payload and output.
public struct TaskSummary: Sendable, Equatable {
  public let id: TaskID
  public let type: String
  public let state: TaskState
  public let attempts: Int
  public let errorCode: String?
  public let createdAt: Date
  public let startedAt: Date?
  public let completedAt: Date?

  public init(
    id: TaskID, type: String, state: TaskState, attempts: Int, errorCode: String?, createdAt: Date, startedAt: Date?,
    completedAt: Date?
  ) {
    self.id = id
    self.type = type
    self.state = state
    self.attempts = attempts
    self.errorCode = errorCode
    self.createdAt = createdAt
    self.startedAt = startedAt
    self.completedAt = completedAt
  }
}

/// The end of a page of tasks, newest first; the next page begins after it.
public struct TaskCursor: Sendable, Equatable {
  public let createdAt: Date
  public let id: TaskID
  public init(createdAt: Date, id: TaskID) {
    self.createdAt = createdAt
    self.id = id
  }

  /// Reads what `text` wrote; nil for any other text, and for a time that no task can have.
  public init?(_ text: String) {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2, let moment = Int64(parts[0]), Self.moments.contains(moment),
      let id = TaskID(String(parts[1]))
    else { return nil }
    self.init(createdAt: Date(unixMicroseconds: moment), id: id)
  }

  /// Microseconds since 1970, as the store keeps them, and the task's id.
  public var text: String { "\(createdAt.unixMicroseconds) \(id)" }

  /// Up to the year 2100.
  private static let moments: ClosedRange<Int64> = 0...4_102_444_800_000_000
}

/// Whose tasks to read: an operator's view has no owner.
public enum TaskOwnerFilter: Sendable, Equatable {
  case own(UserID)
  case everyone
}

/// The tasks that a search has found, as far as it has looked.
public struct FoundTasks: Sendable, Equatable {
  /// The newest first.
  public let tasks: [TaskSummary]
  /// The last task that was looked at; nil if none is left to look at.
  public let end: TaskCursor?

  public init(_ tasks: [TaskSummary], end: TaskCursor?) {
    self.tasks = tasks
    self.end = end
  }
}

public protocol TaskReader: Sendable {
  func page(_ scope: TaskOwnerFilter, after cursor: TaskCursor?, limit: Int) async throws -> [TaskSummary]
  /// The newest tasks after the cursor to which the filter applies. It looks at a bounded number of tasks, so that it may
  /// find none and still have an end, after which the next search goes on.
  /// - Parameter limit: how many tasks are found at most. If it is reached, the end says nothing: the last of them counts.
  func search(
    _ scope: TaskOwnerFilter, _ filter: TaskFilter, after cursor: TaskCursor?, limit: Int
  ) async throws -> FoundTasks
  func task(_ id: TaskID, _ scope: TaskOwnerFilter) async throws -> TaskSummary?
  /// The failed attempts that are kept of a task, the oldest first; none if there is no such task.
  func failures(of id: TaskID) async throws -> [TaskFailure]
  func stats(_ scope: TaskOwnerFilter) async throws -> TaskStats
}

extension TaskReader {
  /// The number of tasks in each state.
  public func counts(_ scope: TaskOwnerFilter) async throws -> [TaskState: Int] { try await stats(scope).counts }
}
