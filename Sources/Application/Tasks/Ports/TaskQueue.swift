import Domain
import FoundationEssentials

/// A task to be done once. Its unique key makes a second request for the same work do nothing.
public struct NewTask: Sendable, Equatable {
  public let type: TaskType
  /// A JSON object; identifiers only, no addresses.
  public let payload: String
  public let userID: UserID?
  public let uniqueKey: String?
  public let priority: Int

  public init(type: TaskType, payload: String, userID: UserID?, uniqueKey: String?, priority: Int = 0) {
    self.type = type
    self.payload = payload
    self.userID = userID
    self.uniqueKey = uniqueKey
    self.priority = priority
  }
}

/// A task that this worker holds. `attempt` and the worker's name fence every later write: a worker that lost its
/// lease can no longer change the row.
public struct ClaimedTask: Sendable, Equatable {
  public let id: TaskID
  public let type: TaskType
  public let payload: String
  public let userID: UserID?
  /// From 1.
  public let attempt: Int
  /// From the task's making to its claim, by the queue's clock.
  public let age: Duration

  public init(
    id: TaskID, type: TaskType, payload: String, userID: UserID?, attempt: Int, age: Duration = .zero
  ) {
    self.id = id
    self.type = type
    self.payload = payload
    self.userID = userID
    self.attempt = attempt
    self.age = age
  }

  /// Waits a while longer, or ends where patience does.
  func wait(by schedule: WaitSchedule, orFail code: String) -> TaskOutcome {
    schedule.pause(after: age).map { .waiting(for: $0) } ?? .failed(code: code)
  }
}

/// What became of an attempt.
public enum TaskOutcome: Sendable, Equatable {
  case completed
  /// Worth another try, not before `after`; counts as an attempt.
  case retry(code: String, after: Duration)
  /// Nothing is wrong, but it is too early: the attempt does not count.
  case waiting(for: Duration)
  /// No further try can help.
  case failed(code: String)
}

/// The durable queue. Every time in it is the database's.
public protocol TaskQueue: Sendable {
  /// Takes up to `limit` due tasks, each with a lease of `lease`, and parks due rows of a type unknown to this build.
  func claim(limit: Int, worker: String, lease: Duration) async throws -> [ClaimedTask]
  /// False when the lease was lost: the work's result must not be used.
  func extend(_ task: ClaimedTask, worker: String, lease: Duration) async throws -> Bool
  /// False when the lease was lost.
  func finish(_ task: ClaimedTask, worker: String, as end: TaskEnd) async throws -> Bool
  /// Puts back what dead workers held. Returns how many.
  func rescue(maximumAttempts: Int) async throws -> Int
}

/// Tasks that waited for something which has happened now.
public struct TaskWake: Sendable, Equatable {
  public let userID: UserID
  public let types: [TaskType]

  public init(userID: UserID, types: [TaskType]) {
    self.userID = userID
    self.types = types
  }
}
