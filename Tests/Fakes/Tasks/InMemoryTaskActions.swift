import Application
import Domain
import FoundationEssentials
import Synchronization

/// An operator's actions on the rows of the queue in memory, and what the audit log has of them.
public final class InMemoryTaskActions: TaskActionRepository {
  private let queue: InMemoryTaskQueue
  private let log = Mutex<[NewTaskAction]>([])

  public init(queue: InMemoryTaskQueue) { self.queue = queue }

  public var noted: [NewTaskAction] { log.withLock(\.self) }

  public func preview(_ action: TaskAction, on filter: TaskFilter, sample: Int) async throws -> TaskActionPreview {
    let found = queue.state.withLock { Self.concerned(action, filter, $0.rows) }
      .map { InMemoryTaskAdministration.summary($0, $1) }
      .sorted { ($0.createdAt, $0.id.description) < ($1.createdAt, $1.id.description) }
    return TaskActionPreview(count: found.count, sample: Array(found.prefix(sample)))
  }

  public func start(_ new: NewTaskAction) async throws -> (id: TaskID, count: Int) {
    log.withLock { $0.append(new) }
    return queue.state.withLock { state in
      let (id, count) = (UUID(), Self.concerned(new.action, new.filter, state.rows).count)
      let task = NewTask(
        type: .taskAction, payload: TaskActionPayload(new.action, on: new.filter).json, userID: nil, uniqueKey: nil,
        priority: 100)
      state.rows[id] = InMemoryTaskQueue.Row(
        task: task, state: .pending, attempts: 0, createdAt: state.now, runAt: state.now)
      return (TaskID(id), count)
    }
  }

  public func step(
    _ action: TaskAction, on filter: TaskFilter, of id: TaskID, after last: TaskID?, limit: Int
  ) async throws -> (changed: Int, last: TaskID?) {
    queue.state.withLock { state in
      guard let began = state.rows[id.uuid]?.createdAt else { return (0, nil) }
      let next = Self.concerned(action, filter, state.rows)
        .filter { $1.createdAt <= began && $1.completedAt.map { $0 <= began } ?? true }
        .sorted { $0.key.uuidString < $1.key.uuidString }
        .filter { id, _ in last.map { $0.uuid.uuidString < id.uuidString } ?? true }.prefix(limit)
      for (id, row) in next {
        var changed = Self.changed(row, action, state.now)
        if !row.isOpen, changed.isOpen { changed.isBehind = state.isTaken(row.task.orderingKey, except: id) }
        state.rows[id] = changed
      }
      return (next.count, next.last.map { TaskID($0.key) })
    }
  }

  private static func concerned(
    _ action: TaskAction, _ filter: TaskFilter, _ rows: [UUID: InMemoryTaskQueue.Row]
  ) -> [(key: UUID, value: InMemoryTaskQueue.Row)] {
    let states = filter.states(for: action)
    let protected = filter.protectedTypes(for: action).map(\.rawValue)
    return rows.filter { id, row in
      let task = InMemoryTaskAdministration.summary(id, row)
      return !protected.contains(row.type) && states.contains(row.state)
        && filter.admits(type: task.type, errorCode: task.errorCode, createdAt: task.createdAt)
    }.map { $0 }
  }

  private static func changed(
    _ row: InMemoryTaskQueue.Row, _ action: TaskAction, _ now: Duration
  ) -> InMemoryTaskQueue.Row {
    var row = row
    switch action {
    case .retry:
      (row.state, row.attempts, row.error, row.completedAt, row.runAt) = (.pending, 0, nil, nil, now)
      (row.cancelAsked, row.losses, row.retriedAt, row.failingSince) = (false, 0, now, nil)
    case .cancel where row.state == .running: row.cancelAsked = true
    case .cancel: (row.state, row.completedAt) = (.cancelled, now)
    case .runNow: row.runAt = now
    case .priority(let priority): row.priority = priority
    }
    return row
  }
}
