import Application
import Domain
import FoundationEssentials
import Synchronization

/// The queue in memory, with the same rules as the table: leases, fences, unique keys and an inbox.
public final class InMemoryTaskQueue: QueuesTasks, EnqueuesForEvents {
  public struct Row: Sendable {
    public var task: NewTask
    public var state: TaskState
    public var attempts: Int
    public var worker: String?
    public var runAt: Duration
    public var leaseUntil: Duration?
    public var error: String?
  }

  private struct State {
    var now = Duration.zero
    var rows: [UUID: Row] = [:]
    var seen: Set<EventID> = []
  }

  private let state = Mutex(State())

  public init() {}

  /// Turns the queue's clock.
  public func advance(_ duration: Duration) { state.withLock { $0.now += duration } }

  public var rows: [Row] { state.withLock { Array($0.rows.values) } }

  public func enqueue(_ tasks: [NewTask], wake: TaskWake?, for event: EventID) async throws {
    state.withLock { state in
      guard state.seen.insert(event).inserted else { return }
      for task in tasks
      where !state.rows.values.contains(where: { $0.task.uniqueKey == task.uniqueKey && task.uniqueKey != nil }) {
        state.rows[UUID()] = Row(task: task, state: .pending, attempts: 0, runAt: state.now)
      }
      for (id, row) in state.rows where row.state == .pending && wake?.userID == row.task.userID {
        if wake?.types.contains(row.task.type) == true { state.rows[id]?.runAt = state.now }
      }
    }
  }

  public func claim(limit: Int, worker: String, lease: Duration) async throws -> [ClaimedTask] {
    state.withLock { state in
      let due = state.rows.filter { $0.value.state == .pending && $0.value.runAt <= state.now }
        .sorted { ($1.value.task.priority, $0.value.runAt) < ($0.value.task.priority, $1.value.runAt) }.prefix(limit)
      return due.map { id, row in
        state.rows[id]?.state = .running
        state.rows[id]?.attempts += 1
        state.rows[id]?.worker = worker
        state.rows[id]?.leaseUntil = state.now + lease
        return ClaimedTask(
          id: TaskID(id), type: row.task.type, payload: row.task.payload, userID: row.task.userID,
          attempt: row.attempts + 1)
      }
    }
  }

  public func extend(_ task: ClaimedTask, worker: String, lease: Duration) async throws -> Bool {
    change(task, worker) { row, now in row.leaseUntil = now + lease }
  }

  public func finish(_ task: ClaimedTask, worker: String, as end: TaskEnd) async throws -> Bool {
    change(task, worker) { row, now in
      row.leaseUntil = nil
      switch end {
      case .completed: row.state = .completed
      case .failed(let code): (row.state, row.error) = (.failed, code)
      case .again(let after, let code, let counts):
        (row.state, row.error, row.runAt, row.worker) = (.pending, code, now + after, nil)
        if !counts { row.attempts -= 1 }
      }
    }
  }

  public func rescue(maximumAttempts: Int) async throws -> Int {
    state.withLock { state in
      let lost = state.rows.filter { row in
        row.value.state == .running && row.value.leaseUntil.map { $0 < state.now } == true
      }
      for (id, row) in lost {
        state.rows[id]?.state = row.attempts >= maximumAttempts ? .failed : .pending
        state.rows[id]?.worker = nil
        state.rows[id]?.leaseUntil = nil
        state.rows[id]?.runAt = state.now
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
