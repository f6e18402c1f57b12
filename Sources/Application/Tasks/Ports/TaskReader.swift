import Domain
import FoundationEssentials

/// A task as its owner or an operator sees it: never its payload or output.
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

/// Where a page of tasks ends; the next begins behind it, newest first.
public struct TaskCursor: Sendable, Equatable {
  public let createdAt: Date
  public let id: TaskID
  public init(createdAt: Date, id: TaskID) {
    self.createdAt = createdAt
    self.id = id
  }

  /// Reads what `text` wrote; nil for anything else, moments that no task can have among it.
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

/// Whose tasks are meant: an operator's view has no owner.
public enum TaskScope: Sendable, Equatable {
  case own(UserID)
  case everyone
}

public protocol TaskReader: Sendable {
  func page(_ scope: TaskScope, after cursor: TaskCursor?, limit: Int) async throws -> [TaskSummary]
  func task(_ id: TaskID, _ scope: TaskScope) async throws -> TaskSummary?
  func counts(_ scope: TaskScope) async throws -> [TaskState: Int]
}
