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
    return TaskActionPreview(count: TaskCount(counted: found.count), sample: Array(found.prefix(sample)))
  }

  public func start(_ new: NewTaskAction) async throws -> (id: TaskID, count: TaskCount) {
    log.withLock { $0.append(new) }
    return queue.state.withLock { state in
      let (id, count) = (UUID(), Self.concerned(new.action, new.filter, state.rows).count)
      let task = NewTask(
        type: .taskAction, payload: TaskActionPayload(new.action, on: new.filter).json, userID: nil, uniqueKey: nil,
        priority: 100)
      state.rows[id] = InMemoryTaskQueue.Row(
        task: task, state: .pending, attempts: 0, createdAt: state.now, runAt: state.now)
      return (TaskID(id), TaskCount(counted: count))
    }
  }

  public func step(
    _ action: TaskAction, on filter: TaskFilter, of id: TaskID, from place: TaskActionPlace?, limit: Int
  ) async throws -> (changed: Int, next: TaskActionPlace?) {
    let parts = TaskActionPlace.Part.all(for: action, on: filter)
    guard let first = parts.first else { return (0, nil) }
    let begin = place ?? TaskActionPlace(first)
    let states = begin.part.states(for: action, on: filter)
    return queue.state.withLock { state in
      guard let began = state.rows[id.uuid]?.createdAt else { return (0, nil) }
      let concerned = Self.concerned(action, filter, state.rows)
        .filter { states.contains($1.state) && $1.createdAt <= began && $1.completedAt.map { $0 <= began } ?? true }
      let found = concerned.map { id, row in (id: id, row: row, position: Self.position(id, row)) }
        .filter { task in begin.last.map { task.position > ($0.createdAt, $0.id.description) } ?? true }
        .sorted { $0.position < $1.position }.prefix(limit)
      for (id, row, _) in found {
        var changed = Self.changed(row, action, state.now)
        if !row.isOpen, changed.isOpen { changed.isBehind = state.isTaken(row.task.orderingKey, except: id) }
        state.rows[id] = changed
      }
      if found.count == limit, let last = found.last {
        let cursor = TaskCursor(createdAt: last.position.0, id: TaskID(last.id))
        return (found.count, TaskActionPlace(begin.part, after: cursor))
      }
      let rest = parts.drop { $0 != begin.part }.dropFirst()
      return (found.count, rest.first.map { TaskActionPlace($0) })
    }
  }

  private static func position(_ id: UUID, _ row: InMemoryTaskQueue.Row) -> (Date, String) {
    (InMemoryTaskAdministration.date(row.createdAt), TaskID(id).description)
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
