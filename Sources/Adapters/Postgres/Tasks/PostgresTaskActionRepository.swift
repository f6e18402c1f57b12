import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// An operator's actions on many tasks. Each is a row of the queue and an entry in the audit log. A finished task that
/// has succeeded is not read: the others have indexes of their own, in the order of creation.
public struct PostgresTaskActionRepository: TaskActionRepository {
  private let database: PostgresPool
  private let span: Int
  private let patience: Duration

  /// - Parameters:
  ///   - span: how many tasks a step looks at, at most
  ///   - patience: for how long the tasks of a part are counted, or the oldest of them looked for
  public init(database: PostgresPool, span: Int = 5_000, patience: Duration = .seconds(2)) {
    self.database = database
    self.span = span
    self.patience = patience
  }

  public func preview(_ action: TaskAction, on filter: TaskFilter, sample: Int) async throws -> TaskActionPreview {
    let count = try await count(action, filter)
    var oldest: [TaskSummary] = []
    for part in TaskActionPlace.Part.all(for: action, on: filter) {
      let choice = Choice(part, action, filter)
      let found = try await soon { transaction in
        try await transaction.query(Self.select(TaskSummary.columns, choice, limit: sample)).rows.map(TaskSummary.init)
      }
      oldest += found ?? []
    }
    oldest.sort { ($0.createdAt, $0.id.description) < ($1.createdAt, $1.id.description) }
    return TaskActionPreview(count: count, sample: Array(oldest.prefix(sample)))
  }

  public func start(_ new: NewTaskAction) async throws -> (id: TaskID, count: TaskCount) {
    // Before the action's own task, and apart from it: a count that takes too long keeps no action from beginning.
    let count = try await count(new.action, new.filter)
    let id = try await database.transaction { transaction in
      let payload = TaskActionPayload(new.action, on: new.filter).json
      let row = try await transaction.query(
        """
        INSERT INTO tasks (type, payload, priority) VALUES (\(Self.type), \(payload)::jsonb, 100) RETURNING id
        """
      ).rows.first
      guard let row else { throw PostgresError(.decoding(column: "id"), message: "no row was written") }
      let id = TaskID(try row.get("id", as: UUID.self))
      try await OperatorAction(
        actor: new.actor, action: "tasks.\(new.action.name)", subject: id.description, reason: new.reason.text,
        details: "count\(count.isLeast ? ">=" : "=")\(count.number) \(payload)"
      ).note(in: transaction)
      return id
    }
    return (id, count)
  }

  public func step(
    _ action: TaskAction, on filter: TaskFilter, of id: TaskID, from place: TaskActionPlace?, limit: Int
  ) async throws -> (changed: Int, next: TaskActionPlace?) {
    let parts = TaskActionPlace.Part.all(for: action, on: filter)
    guard let first = parts.first else { return (0, nil) }
    let begin = place ?? TaskActionPlace(first)
    let choice = Choice(begin.part, action, filter)
    return try await database.transaction(settings: PostgresTaskQueue.byIndex) {
      transaction -> (changed: Int, next: TaskActionPlace?) in
      let until = try await end(of: id, choice, after: begin.last, transaction)
      let stretch = Stretch(action: id, after: begin.last, until: until)
      let rows = try await transaction.query(
        Self.select("id, created_at, ordering_key", choice, in: stretch, limit: limit)
      ).rows
      let found = try rows.map { TaskCursor(createdAt: try $0.get("created_at"), id: TaskID(try $0.get("id"))) }
      if action == .cancel {
        try await Self.lock(try rows.compactMap { try $0.get("ordering_key", as: String?.self) }, transaction)
      }
      let changed = try await Self.change(found.map(\.id.uuid), action, choice, of: id, transaction)
      if found.count == limit, let last = found.last { return (changed, TaskActionPlace(begin.part, after: last)) }
      if let until { return (changed, TaskActionPlace(begin.part, after: until)) }
      let rest = parts.drop { $0 != begin.part }.dropFirst()
      return (changed, rest.first.map { TaskActionPlace($0) })
    }
  }

  // MARK: which tasks

  /// The tasks of one part that an action concerns.
  private struct Choice: Sendable {
    /// True for the tasks of the part, which have an index.
    let column: PostgresColumnList
    let states, protectedTypes: [String]
    let filter: TaskFilter

    init(_ part: TaskActionPlace.Part, _ action: TaskAction, _ filter: TaskFilter) {
      switch part {
      case .unfinished: column = "is_open IS TRUE"
      case .unsuccessful: column = "is_unsuccessful"
      }
      states = part.states(for: action, on: filter).map(\.rawValue)
      protectedTypes = filter.protectedTypes(for: action).map(\.rawValue)
      self.filter = filter
    }
  }

  /// A stretch of a part. What was created, or ended, after the action is not in it.
  private struct Stretch: Sendable {
    let action: TaskID
    /// Not in it itself; nil from the beginning.
    let after: TaskCursor?
    /// In it itself; nil to the end.
    let until: TaskCursor?
  }

  /// The first tasks in the order of their creation; if they are not ordered, any. The server ends a search that has no
  /// order as soon as it has found enough.
  private static func select(
    _ columns: PostgresColumnList, _ choice: Choice, in stretch: Stretch? = nil, isOrdered: Bool = true, limit: Int
  ) -> PostgresQuery {
    let order: PostgresColumnList = isOrdered ? "ORDER BY created_at, id" : ""
    return """
      SELECT \(columns) FROM (
        SELECT \(TaskSummary.columns), ordering_key FROM tasks
        WHERE \(choice.column) AND status = ANY(\(choice.states)) AND type <> ALL(\(choice.protectedTypes))
          AND (\(choice.filter.type)::text IS NULL OR type = \(choice.filter.type))
          AND (\(choice.filter.errorCode)::text IS NULL OR error = \(choice.filter.errorCode))
          AND created_at >= coalesce(\(choice.filter.createdAfter)::timestamptz, '-infinity')
          AND created_at < coalesce(\(choice.filter.createdBefore)::timestamptz, 'infinity')
          AND (created_at, id) > (
            coalesce(\(stretch?.after?.createdAt)::timestamptz, '-infinity'),
            coalesce(\(stretch?.after?.id.uuid)::uuid, '00000000-0000-0000-0000-000000000000'))
          AND (created_at, id) <= (
            coalesce(\(stretch?.until?.createdAt)::timestamptz, 'infinity'),
            coalesce(\(stretch?.until?.id.uuid)::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
          AND (\(stretch?.action.uuid)::uuid IS NULL
            OR created_at <= (SELECT act.created_at FROM tasks AS act WHERE act.id = \(stretch?.action.uuid))
            AND (completed_at IS NULL
              OR completed_at <= (SELECT act.created_at FROM tasks AS act WHERE act.id = \(stretch?.action.uuid))))
        \(order) LIMIT \(limit)
      ) AS found
      """
  }

  /// - Returns: the last of the tasks of a part that a step looks at; nil if it looks at all that are left.
  private func end(
    of id: TaskID, _ choice: Choice, after last: TaskCursor?, _ transaction: PostgresTransaction
  ) async throws(PostgresError) -> TaskCursor? {
    let row = try await transaction.query(
      """
      SELECT created_at, id FROM tasks
      WHERE \(choice.column)
        AND (created_at, id) > (
          coalesce(\(last?.createdAt)::timestamptz, '-infinity'),
          coalesce(\(last?.id.uuid)::uuid, '00000000-0000-0000-0000-000000000000'))
        AND created_at <= (SELECT act.created_at FROM tasks AS act WHERE act.id = \(id.uuid))
      ORDER BY created_at, id OFFSET \(span - 1) LIMIT 1
      """
    ).rows.first
    guard let row else { return nil }
    return TaskCursor(createdAt: try row.get("created_at"), id: TaskID(try row.get("id")))
  }

  /// At most ``TaskCount/most`` are counted.
  private func count(_ action: TaskAction, _ filter: TaskFilter) async throws -> TaskCount {
    var count = 0
    for part in TaskActionPlace.Part.all(for: action, on: filter) {
      let choice = Choice(part, action, filter)
      let found = try await soon { transaction -> Int in
        let query = Self.select("count(*) AS count", choice, isOrdered: false, limit: TaskCount.most + 1)
        return try await transaction.query(query).rows.first?.get("count") ?? 0
      }
      guard let found else { return TaskCount(counted: count, isComplete: false) }
      count += found
    }
    return TaskCount(counted: count)
  }

  /// - Returns: nil if a statement took longer than the patience.
  private func soon<T: Sendable>(
    _ body: @Sendable (PostgresTransaction) async throws -> T
  ) async throws -> T? {
    do {
      return try await database.transaction(settings: PostgresTaskQueue.byIndex) { transaction in
        try await transaction.query(PostgresQuery(script: "SET LOCAL statement_timeout = \(patience.milliseconds)"))
        return try await body(transaction)
      }
    } catch let error as PostgresError where error.kind == .timeout {
      return nil
    }
  }

  // MARK: what is done to them

  /// Locks the ordering keys of the tasks that a cancellation will meet, before their rows, as the end of a task does.
  private static func lock(_ keys: [String], _ transaction: PostgresTransaction) async throws(PostgresError) {
    guard !keys.isEmpty else { return }
    try await transaction.query(
      """
      SELECT pg_advisory_xact_lock(ordered.key) FROM (
        SELECT DISTINCT hashtextextended('task order:' || given.key, 0) AS key FROM unnest(\(keys)) AS given (key)
        ORDER BY 1
      ) ordered
      """)
  }

  /// Changes those of the tasks that the action still concerns when their rows are locked. A statement of its own locks
  /// them, so that the next one sees what has become of them until then, and finds them by their ids alone.
  private static func change(
    _ ids: [UUID], _ action: TaskAction, _ choice: Choice, of id: TaskID, _ transaction: PostgresTransaction
  ) async throws(PostgresError) -> Int {
    guard !ids.isEmpty else { return 0 }
    let concerned = try await transaction.query(
      """
      SELECT id FROM tasks
      WHERE id = ANY(\(ids)) AND status = ANY(\(choice.states))
        AND (\(choice.filter.errorCode)::text IS NULL OR error = \(choice.filter.errorCode))
        AND (completed_at IS NULL
          OR completed_at <= (SELECT act.created_at FROM tasks AS act WHERE act.id = \(id.uuid)))
      ORDER BY id FOR UPDATE
      """
    ).rows.map { row throws(PostgresError) in try row.get("id", as: UUID.self) }
    guard !concerned.isEmpty else { return 0 }
    let row = try await transaction.query(
      """
      WITH changed AS (
        UPDATE tasks SET
          status = CASE WHEN \(action.name) = 'retry' THEN 'pending'
            WHEN \(action.name) = 'cancel' AND status <> 'running' THEN 'cancelled' ELSE status END,
          cancel_asked = CASE \(action.name) WHEN 'retry' THEN false WHEN 'cancel' THEN status = 'running'
            ELSE cancel_asked END,
          attempts = CASE \(action.name) WHEN 'retry' THEN 0 ELSE attempts END,
          error = CASE \(action.name) WHEN 'retry' THEN NULL ELSE error END,
          completed_at = CASE WHEN \(action.name) = 'retry' THEN NULL
            WHEN \(action.name) = 'cancel' AND status <> 'running'
            THEN clock_timestamp() ELSE completed_at END,
          run_at = CASE WHEN \(action.name) IN ('retry', 'run_now') THEN clock_timestamp() ELSE run_at END,
          losses = CASE \(action.name) WHEN 'retry' THEN 0 ELSE losses END,
          failing_since = CASE \(action.name) WHEN 'retry' THEN NULL ELSE failing_since END,
          retried_at = CASE \(action.name) WHEN 'retry' THEN clock_timestamp() ELSE retried_at END,
          priority = coalesce(\(action.priority), priority)
        WHERE id = ANY(\(concerned))
        RETURNING id
      )
      SELECT (SELECT count(*) FROM changed) AS changed, pg_notify(\(PostgresTaskQueue.topic), '')
      """
    ).rows.first
    return try row?.get("changed") ?? 0
  }

  private static let type = TaskType.taskAction.rawValue
}
