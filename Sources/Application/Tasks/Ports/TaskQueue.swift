import Domain
import FoundationEssentials

/// A task to be done once. Because of its unique key, a second request for the same work does nothing.
public struct NewTask: Sendable, Equatable {
  public let type: TaskType
  /// A JSON object with identifiers only, and no addresses.
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

/// A task that this worker holds. `attempt` and the worker's name guard every later write: a worker that has lost its
/// lease can no longer change the row.
public struct ClaimedTask: Sendable, Equatable {
  public let id: TaskID
  public let type: TaskType
  public let payload: String
  public let userID: UserID?
  /// From 1.
  public let attempt: Int
  /// The time from the task's creation to its claim, by the queue's clock.
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

  /// Waits for the schedule's next pause, or fails if the schedule gives up.
  func wait(by schedule: TaskRecheckSchedule, orFail code: String) -> TaskOutcome {
    schedule.pause(after: age).map { .waiting(for: $0) } ?? .failed(code: code)
  }
}

/// The result of an attempt.
public enum TaskOutcome: Sendable, Equatable {
  case completed
  /// Another attempt may succeed, but not before `after`; this one counts.
  case retry(code: String, after: Duration)
  /// It is too early: the attempt does not count.
  /// - Parameter because: the code of what the task waits for, if an operator should see it
  case waiting(for: Duration, because: String? = nil)
  /// Another attempt cannot help.
  case failed(code: String)
}

/// The durable queue. All its times are the database's.
public protocol TaskQueue: Sendable {
  /// Claims up to `limit` due tasks, each with a lease of `lease`, and parks due rows whose type this build does not
  /// know.
  func claim(limit: Int, worker: String, lease: Duration) async throws -> [ClaimedTask]
  /// False if the lease was lost: the result of the work must not be used.
  func extend(_ task: ClaimedTask, worker: String, lease: Duration) async throws -> Bool
  /// False if the lease was lost.
  func finish(_ task: ClaimedTask, worker: String, as end: TaskDisposition) async throws -> Bool
  /// Makes the tasks of dead workers available again. Returns their number.
  func rescue(maximumAttempts: Int) async throws -> Int
}

/// The tasks that waited for something that has now happened.
public struct TaskWakeUp: Sendable, Equatable {
  public let userID: UserID
  public let types: [TaskType]

  public init(userID: UserID, types: [TaskType]) {
    self.userID = userID
    self.types = types
  }
}
