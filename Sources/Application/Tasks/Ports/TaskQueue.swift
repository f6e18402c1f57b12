import Domain
import FoundationEssentials

/// A task to be done once. Because of its unique key, a second request for the same work does nothing: as long as the
/// row of the first is there, or within one window. A task whose type `beginsAnew` is pending again if it was over.
public struct NewTask: Sendable, Equatable {
  public let type: TaskType
  /// A JSON object with identifiers, names of cases, truth values and integers, and no addresses. `TaskPayload` names
  /// the one exception.
  public let payload: String
  /// The version of the payload's form, from 1.
  public let version: Int
  public let userID: UserID?
  public let uniqueKey: String?
  /// Nil if the key holds as long as the row.
  public let uniqueWithin: TaskUniqueWindow?
  /// The name of what the task may wait for, and which others may share; nil if nothing calls it back.
  public let callbackKey: String?
  public let priority: Int
  /// Tasks with the same key run one at a time, in the order of their creation.
  public let orderingKey: String?

  /// What releases wrote that knew no versions.
  public static let firstVersion = 1

  public init(
    type: TaskType, payload: String, version: Int = Self.firstVersion, userID: UserID?, uniqueKey: String?,
    uniqueWithin window: TaskUniqueWindow? = nil, priority: Int = 0, orderingKey: String? = nil,
    callbackKey: String? = nil
  ) {
    self.type = type
    self.payload = payload
    self.version = version
    self.userID = userID
    self.uniqueKey = uniqueKey
    uniqueWithin = window
    self.callbackKey = callbackKey
    self.priority = priority
    self.orderingKey = orderingKey
  }
}

/// A task that this worker holds.
public struct ClaimedTask: Sendable, Equatable {
  public let id: TaskID
  public let type: TaskType
  public let payload: String
  /// The version of the payload's form, from 1.
  public let version: Int
  public let userID: UserID?
  /// From 1. Attempts that do not count are given back, so that a number may come again.
  public let attempt: Int
  public let claim: TaskClaim
  /// Whether a handler may have begun this task before, even in an attempt that did not count: an effect may be there.
  public let wasStarted: Bool
  /// The time from the task's creation, from an operator's retry, from the end of the task that it was behind, or from
  /// the end of its type's last pause, to its claim, by the queue's clock. The latest of these moments counts.
  public let age: Duration
  /// The time from the first failed attempt that counts to this claim, by the queue's clock; zero if none has failed
  /// since the task last waited, was given back, or was retried by an operator. No more than since the end of its
  /// type's last pause.
  public let failingFor: Duration
  /// The time from the end of its type's last pause to this claim, by the queue's clock; nil if there was none.
  public let sinceResumed: Duration?
  /// The time since the task was made, through an operator's retries and the pauses of its type.
  public let sinceCreation: Duration
  /// What it was claimed with.
  public let priority: Int

  /// - Parameters:
  ///   - claim: the claim's number among those of the task, from 1.
  ///   - wasStarted: nil if only the attempts tell.
  ///   - sinceCreation: nil if it is the same as `age`.
  public init(
    id: TaskID, type: TaskType, payload: String, version: Int = NewTask.firstVersion, userID: UserID?, attempt: Int,
    claim: Int = 1, wasStarted: Bool? = nil, age: Duration = .zero, failingFor: Duration = .zero,
    sinceResumed: Duration? = nil, sinceCreation: Duration? = nil, priority: Int = 0
  ) {
    self.id = id
    self.type = type
    self.payload = payload
    self.version = version
    self.userID = userID
    self.attempt = attempt
    self.claim = TaskClaim(task: id, number: claim)
    self.wasStarted = wasStarted ?? (attempt > 1)
    self.age = age
    self.failingFor = failingFor
    self.sinceResumed = sinceResumed
    self.sinceCreation = sinceCreation ?? age
    self.priority = priority
  }

  /// The same task of a type whose last pause has ended so long ago.
  public func waiting(noLongerThan resumed: Duration) -> ClaimedTask {
    ClaimedTask(
      id: id, type: type, payload: payload, version: version, userID: userID, attempt: attempt, claim: claim.number,
      wasStarted: wasStarted, age: min(age, resumed), failingFor: min(failingFor, resumed), sinceResumed: resumed,
      sinceCreation: sinceCreation, priority: priority)
  }

  /// What counts as the task's waiting of a time that was noted elsewhere: no pause of its type, nor the time before.
  func waited(_ noted: Duration) -> Duration { sinceResumed.map { min(noted, $0) } ?? noted }

  /// Whether a person waits for it.
  public var isUrgent: Bool { priority >= TaskPriority.urgent }

  /// Waits for the schedule's next pause, or fails if the schedule gives up.
  func wait(by schedule: TaskRecheckSchedule, orFail code: String) -> TaskOutcome {
    schedule.pause(after: age).map { .waiting(for: $0) } ?? .failed(code: code)
  }

  /// The same, where an operator should see meanwhile what the task waits for.
  func wait(by schedule: TaskRecheckSchedule, because code: String) -> TaskOutcome {
    schedule.pause(after: age).map { .waiting(for: $0, because: code) } ?? .failed(code: code)
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
  /// As `waiting`, until something outside has happened: a callback with the task's key, or that time. A callback that
  /// came since the attempt's claim counts, so that no task sleeps past it.
  case waitingForCallback(orFor: Duration, because: String? = nil)
  /// Another attempt cannot help.
  case failed(code: String)
  /// This build cannot do the task, and another may: the attempt does not count.
  case parked(code: String)
}

/// The end of a claimed task's attempt.
public struct TaskEnd: Sendable, Equatable {
  public let task: ClaimedTask
  public let end: TaskDisposition

  public init(_ task: ClaimedTask, _ end: TaskDisposition) {
    self.task = task
    self.end = end
  }
}

/// The durable queue. All its times are the database's. A worker has one lease for all its tasks. The claim's number
/// and the worker's name guard every later write: a worker that has lost a task can no longer change it.
public protocol TaskQueue: Sendable {
  /// Claims up to `limit` due tasks, or only urgent ones (`TaskPriority.urgent`). Afterwards the worker's lease lasts
  /// for at least two thirds of `lease`, from before the call. After an error the claim may have been made all the same,
  /// unless it is a `TaskClaimNotMade`: `lostTasks` follows.
  func claim(limit: Int, onlyUrgent: Bool, worker: String, lease: Duration) async throws -> [ClaimedTask]
  /// Begins or extends the worker's lease.
  func extend(worker: String, lease: Duration) async throws
  /// Those of the tasks that are still the worker's: the result of any other work must not be used.
  func held(_ tasks: [ClaimedTask], worker: String) async throws -> HeldTasks
  /// Writes the ends of those of the tasks that are still the worker's, and returns their claims. A task that would wait
  /// or be tried again, and that an event has woken since its claim, is due at once. A task that something else has
  /// locked keeps no other from being written: its end is not written either, though it is still held. A task that an
  /// operator wants to stop is cancelled unless it has succeeded, here and wherever it is taken from its worker. An error
  /// is thrown only if no end is known to be written.
  func finish(_ ends: [TaskEnd], worker: String) async throws -> Set<TaskClaim>
  /// Finds due tasks that claims have passed by, and parks due rows whose type this build does not know. Called
  /// periodically, beside claims.
  func survey() async throws
  /// Makes the tasks of dead workers available again, and what was parked before its type or version was known. A task
  /// that has lost its worker `maximumLosses` times has failed.
  /// - Returns: the number of tasks that were taken from their workers.
  func rescue(maximumLosses: Int) async throws -> Int
  /// What the worker has claimed until now and has not in hand: a claim took it whose answer was lost. Waits for a claim
  /// that is still under way. Must not be called beside another claim of the same worker.
  func lostTasks(exceptInHand hand: [TaskClaim], worker: String) async throws -> LostTasks
  /// Makes the lost tasks available again. Their attempts do not count. It may take long, and may be called beside
  /// claims of the same worker.
  /// - Returns: their number.
  func putBack(_ lost: LostTasks) async throws -> Int
  /// Ends the lease of a worker that has no tasks.
  func leave(worker: String) async throws
}

extension TaskQueue {
  /// Claims up to `limit` due tasks of any priority.
  public func claim(limit: Int, worker: String, lease: Duration) async throws -> [ClaimedTask] {
    try await claim(limit: limit, onlyUrgent: false, worker: worker, lease: lease)
  }

  /// Makes those of the worker's tasks available again that it has not in hand. Must not be called beside a claim of the
  /// same worker.
  /// - Returns: their number.
  @discardableResult
  public func putBack(exceptInHand hand: [TaskClaim], worker: String) async throws -> Int {
    try await putBack(lostTasks(exceptInHand: hand, worker: worker))
  }

  /// False if the task is no longer the worker's.
  public func finish(_ task: ClaimedTask, worker: String, as end: TaskDisposition) async throws -> Bool {
    try await !finish([TaskEnd(task, end)], worker: worker).isEmpty
  }
}

/// The tasks that waited for something that has now happened, and those that run and may not have seen it.
public struct TaskWakeUp: Sendable, Equatable {
  public let userID: UserID
  public let types: [TaskType]

  public init(userID: UserID, types: [TaskType]) {
    self.userID = userID
    self.types = types
  }
}
