import Application
import Domain
import FoundationEssentials
import Synchronization

/// The queue in memory, with the same rules as the table: leases, fences, unique keys and an inbox.
public final class InMemoryTaskQueue: TaskQueue, EventTaskInbox {
  public struct Row: Sendable {
    public var task: NewTask
    /// A type that no build knows, as a newer producer may write it.
    public var unknownType: String?
    public var state: TaskState
    public var attempts: Int
    public var worker: String?
    public var createdAt: Duration
    public var runAt: Duration
    public var startedAt: Duration?
    public var completedAt: Duration?
    public var leaseUntil: Duration?
    public var error: String?
    /// Another priority than the task was written with.
    var changedPriority: Int?

    public var priority: Int {
      get { changedPriority ?? task.priority }
      set { changedPriority = newValue }
    }

    public var type: String { unknownType ?? task.type.rawValue }
  }

  struct State {
    var now = Duration.zero
    var rows: [UUID: Row] = [:]
    var seen: Set<EventID> = []
    var deletedUsers: Set<UserID> = []

    /// An existing task with the same unique key makes this do nothing.
    mutating func insert(_ task: NewTask, unknownType: String? = nil) {
      if let user = task.userID, deletedUsers.contains(user), !task.type.isErasure { return }
      if let key = task.uniqueKey, rows.values.contains(where: { $0.task.uniqueKey == key }) { return }
      rows[UUID()] = Row(
        task: task, unknownType: unknownType, state: .pending, attempts: 0, createdAt: now, runAt: now)
    }
  }

  let state = Mutex(State())

  public init() {}

  /// The account is deleted from now on.
  public func delete(_ user: UserID) { state.withLock { _ = $0.deletedUsers.insert(user) } }

  func isDeleted(_ user: UserID) -> Bool { state.withLock { $0.deletedUsers.contains(user) } }

  /// Advances the queue's clock.
  public func advance(_ duration: Duration) { state.withLock { $0.now += duration } }

  public var rows: [Row] { state.withLock { Array($0.rows.values) } }

  public func insert(_ task: NewTask) { state.withLock { $0.insert(task) } }

  /// A row that a newer build wrote.
  public func insert(unknownType: String, userID: UserID?) {
    let task = NewTask(type: .carePlan, payload: "{}", userID: userID, uniqueKey: nil)
    state.withLock { $0.insert(task, unknownType: unknownType) }
  }

  public func enqueue(_ tasks: [NewTask], wake: TaskWakeUp?, for event: EventID) async throws {
    state.withLock { state in
      guard state.seen.insert(event).inserted else { return }
      for task in tasks { state.insert(task) }
      guard let wake else { return }
      for (id, row) in state.rows where row.state == .pending && row.task.userID == wake.userID {
        if row.unknownType == nil, wake.types.contains(row.task.type) { state.rows[id]?.runAt = state.now }
      }
    }
  }

  public func claim(limit: Int, worker: String, lease: Duration) async throws -> [ClaimedTask] {
    state.withLock { state in
      let due = state.rows.filter { $0.value.state == .pending && $0.value.runAt <= state.now }
        .sorted { ($1.value.priority, $0.value.runAt) < ($0.value.priority, $1.value.runAt) }.prefix(limit)
      return due.compactMap { id, row in
        guard row.unknownType == nil else {
          state.rows[id]?.state = .parked
          return nil
        }
        var held = row
        held.worker = worker
        held.leaseUntil = state.now + lease
        held.startedAt = row.startedAt ?? state.now
        held.state = .running
        held.attempts += 1
        state.rows[id] = held
        return ClaimedTask(
          id: TaskID(id), type: row.task.type, payload: row.task.payload, userID: row.task.userID,
          attempt: held.attempts, age: state.now - row.createdAt)
      }
    }
  }

  public func extend(_ task: ClaimedTask, worker: String, lease: Duration) async throws -> Bool {
    change(task, worker) { row, now in row.leaseUntil = now + lease }
  }

  public func finish(_ task: ClaimedTask, worker: String, as end: TaskDisposition) async throws -> Bool {
    change(task, worker) { row, now in
      row.leaseUntil = nil
      switch end {
      case .completed: (row.state, row.error, row.completedAt) = (.completed, nil, now)
      case .failed(let code): (row.state, row.error, row.completedAt) = (.failed, code, now)
      case .again(let after, let code, let counts):
        (row.state, row.error, row.runAt, row.worker) = (.pending, code, now + after, nil)
        if !counts { row.attempts -= 1 }
      }
    }
  }

  public func rescue(maximumAttempts: Int) async throws -> Int {
    state.withLock { state in
      let now = state.now
      let lost = state.rows.filter { row in
        row.value.state == .running && row.value.leaseUntil.map { $0 < now } == true
      }
      for (id, row) in lost {
        var back = row
        let isLast = row.attempts >= maximumAttempts
        (back.state, back.completedAt) = isLast ? (.failed, now) : (.pending, nil)
        (back.error, back.worker, back.leaseUntil, back.runAt) = ("worker_lost", nil, nil, now)
        state.rows[id] = back
      }
      return lost.count
    }
  }

  private func change(_ task: ClaimedTask, _ worker: String, _ edit: (inout Row, Duration) -> Void) -> Bool {
    state.withLock { state in
      guard var row = state.rows[task.id.uuid], row.state == .running, row.worker == worker,
        row.attempts == task.attempt
      else { return false }
      edit(&row, state.now)
      state.rows[task.id.uuid] = row
      return true
    }
  }
}
