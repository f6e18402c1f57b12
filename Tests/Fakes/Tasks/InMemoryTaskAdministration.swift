import Application
import Domain
import FoundationEssentials

/// The rows of the queue as their owner and an operator see them.
public struct InMemoryTaskAdministration: TaskReader, TaskAdministration {
  private let queue: InMemoryTaskQueue
  private let look: Int

  /// - Parameter look: how many tasks a search looks at, at most.
  public init(queue: InMemoryTaskQueue, look: Int = 1_000) {
    self.queue = queue
    self.look = look
  }

  public func page(_ scope: TaskOwnerFilter, after cursor: TaskCursor?, limit: Int) async throws -> [TaskSummary] {
    let all = visible(scope).map(Self.summary).sorted { Self.position($0) > Self.position($1) }
    let rest = all.filter { task in cursor.map { Self.position(task) < ($0.createdAt, $0.id.description) } ?? true }
    return Array(rest.prefix(limit))
  }

  public func search(
    _ scope: TaskOwnerFilter, _ filter: TaskFilter, after cursor: TaskCursor?, limit: Int
  ) async throws -> FoundTasks {
    let seen = try await page(scope, after: cursor, limit: look)
    let found = seen.filter { task in
      filter.states.contains(task.state)
        && filter.admits(type: task.type, errorCode: task.errorCode, createdAt: task.createdAt)
    }
    let last = seen.count == look ? seen.last : nil
    return FoundTasks(
      Array(found.prefix(limit)), end: last.map { TaskCursor(createdAt: $0.createdAt, id: $0.id) })
  }

  public func task(_ id: TaskID, _ scope: TaskOwnerFilter) async throws -> TaskSummary? {
    visible(scope)[id.uuid].map { Self.summary(id.uuid, $0) }
  }

  public func failures(of id: TaskID) async throws -> [TaskFailure] {
    queue.state.withLock { $0.rows[id.uuid]?.failures ?? [] }
  }

  public func stats(_ scope: TaskOwnerFilter) async throws -> TaskStats {
    let now = queue.state.withLock(\.now)
    var (counts, oldest): ([TaskState: Int], [TaskState: [String: Duration]]) = ([:], [:])
    for row in visible(scope).values {
      counts[row.state, default: 0] += 1
      guard row.state != .completed else { continue }
      oldest[row.state, default: [:]][row.type] = max(oldest[row.state]?[row.type] ?? .zero, now - row.createdAt)
    }
    return TaskStats(counts: counts, oldest: oldest)
  }

  public func retry(_ id: TaskID, reason: Reason, actor: String) async throws -> TaskSummary? {
    change(id, where: \.canRetry) { row, now in row.beginAnew(at: now) }
  }

  public func cancel(_ id: TaskID, reason: Reason, actor: String) async throws -> TaskSummary? {
    change(id, where: \.canCancel) { row, now in
      if row.state == .running { row.cancelAsked = true } else { (row.state, row.completedAt) = (.cancelled, now) }
    }
  }

  private func visible(_ scope: TaskOwnerFilter) -> [UUID: InMemoryTaskQueue.Row] {
    queue.state.withLock(\.rows).filter { _, row in
      if case .own(let user) = scope { row.task.userID == user } else { true }
    }
  }

  private func change(
    _ id: TaskID, where allowed: (TaskState) -> Bool, _ edit: (inout InMemoryTaskQueue.Row, Duration) -> Void
  ) -> TaskSummary? {
    queue.state.withLock { state in
      guard var row = state.rows[id.uuid], allowed(row.state) else { return nil }
      let wasOpen = row.isOpen
      edit(&row, state.now)
      if !wasOpen, row.isOpen { row.isBehind = state.isTaken(row.task.orderingKey, except: id.uuid) }
      state.rows[id.uuid] = row
      return Self.summary(id.uuid, row)
    }
  }

  private static func position(_ task: TaskSummary) -> (Date, String) { (task.createdAt, task.id.description) }

  static func summary(_ id: UUID, _ row: InMemoryTaskQueue.Row) -> TaskSummary {
    TaskSummary(
      id: TaskID(id), type: row.type, state: row.state, attempts: row.attempts, errorCode: row.error,
      createdAt: date(row.createdAt), startedAt: row.startedAt.map(date), completedAt: row.completedAt.map(date))
  }

  /// The queue's clock begins somewhere in 2027.
  static func date(_ time: Duration) -> Date {
    Date(timeIntervalSince1970: Double(begin + time.components.seconds))
  }

  static let begin: Int64 = 1_800_000_000
}
