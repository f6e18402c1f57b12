import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// An operator's actions on many tasks. Each is a row of the queue and an entry in the audit log.
public struct PostgresTaskActionRepository: TaskActionRepository {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  public func preview(_ action: TaskAction, on filter: TaskFilter, sample: Int) async throws -> TaskActionPreview {
    try await database.transaction { transaction in
      let count = try await Self.count(action, filter, transaction)
      let sample = try await transaction.query(
        """
        SELECT \(TaskSummary.columns) FROM tasks
        WHERE status = ANY(\(filter.states(for: action).map(\.rawValue)))
          AND type <> ALL(\(filter.protectedTypes(for: action).map(\.rawValue)))
          AND (\(filter.type)::text IS NULL OR type = \(filter.type))
          AND (\(filter.errorCode)::text IS NULL OR error = \(filter.errorCode))
          AND (\(filter.createdAfter)::timestamptz IS NULL OR created_at >= \(filter.createdAfter))
          AND (\(filter.createdBefore)::timestamptz IS NULL OR created_at < \(filter.createdBefore))
        ORDER BY created_at, id LIMIT \(sample)
        """
      ).rows.map(TaskSummary.init)
      return TaskActionPreview(count: count, sample: sample)
    }
  }

  public func start(_ new: NewTaskAction) async throws -> (id: TaskID, count: Int) {
    try await database.transaction { transaction in
      let count = try await Self.count(new.action, new.filter, transaction)
      let payload = TaskActionPayload(new.action, on: new.filter).json
      // Before the tasks that it concerns.
      let row = try await transaction.query(
        """
        INSERT INTO tasks (type, payload, priority) VALUES (\(Self.type), \(payload)::jsonb, 100) RETURNING id
        """
      ).rows.first
      guard let row else { throw PostgresError(.decoding(column: "id"), message: "no row was written") }
      let id = TaskID(try row.get("id", as: UUID.self))
      try await OperatorAction(
        actor: new.actor, action: "tasks.\(new.action.name)", subject: id.description, reason: new.reason.text,
        details: "count=\(count) \(payload)"
      ).note(in: transaction)
      return (id, count)
    }
  }

  public func step(
    _ action: TaskAction, on filter: TaskFilter, of id: TaskID, after last: TaskID?, limit: Int
  ) async throws -> (changed: Int, last: TaskID?) {
    try await database.transaction { transaction -> (changed: Int, last: TaskID?) in
      if action == .cancel { try await Self.lockKeys(filter, of: id, after: last, limit, transaction) }
      let row = try await transaction.query(
        """
        WITH picked AS (
          SELECT t.id FROM tasks AS t, (SELECT created_at AS at FROM tasks WHERE id = \(id.uuid)) AS act
          WHERE t.status = ANY(\(filter.states(for: action).map(\.rawValue)))
            AND t.type <> ALL(\(filter.protectedTypes(for: action).map(\.rawValue)))
            AND (\(filter.type)::text IS NULL OR t.type = \(filter.type))
            AND (\(filter.errorCode)::text IS NULL OR t.error = \(filter.errorCode))
            AND (\(filter.createdAfter)::timestamptz IS NULL OR t.created_at >= \(filter.createdAfter))
            AND (\(filter.createdBefore)::timestamptz IS NULL OR t.created_at < \(filter.createdBefore))
            AND t.created_at <= act.at AND (t.completed_at IS NULL OR t.completed_at <= act.at)
            AND (\(last?.uuid)::uuid IS NULL OR t.id > \(last?.uuid))
          ORDER BY t.id LIMIT \(limit) FOR UPDATE OF t
        ), changed AS (
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
          FROM picked WHERE tasks.id = picked.id
          RETURNING tasks.id
        )
        SELECT (SELECT count(*) FROM changed) AS changed, (SELECT id FROM picked ORDER BY id DESC LIMIT 1) AS last,
          pg_notify(\(PostgresTaskQueue.topic), '')
        """
      ).rows.first
      guard let row else { return (0, nil) }
      return (try row.get("changed"), try row.get("last", as: UUID?.self).map(TaskID.init))
    }
  }

  /// Locks the ordering keys of the tasks that a cancellation will meet, before their rows, as the end of a task does.
  private static func lockKeys(
    _ filter: TaskFilter, of id: TaskID, after last: TaskID?, _ limit: Int, _ transaction: PostgresTransaction
  ) async throws(PostgresError) {
    try await transaction.query(
      """
      SELECT pg_advisory_xact_lock(ordered.key) FROM (
        SELECT DISTINCT hashtextextended('task order:' || picked.ordering_key, 0) AS key FROM (
          SELECT t.ordering_key FROM tasks AS t, (SELECT created_at AS at FROM tasks WHERE id = \(id.uuid)) AS act
          WHERE t.status = ANY(\(filter.states(for: .cancel).map(\.rawValue)))
            AND t.type <> ALL(\(filter.protectedTypes(for: .cancel).map(\.rawValue)))
            AND (\(filter.type)::text IS NULL OR t.type = \(filter.type))
            AND (\(filter.errorCode)::text IS NULL OR t.error = \(filter.errorCode))
            AND (\(filter.createdAfter)::timestamptz IS NULL OR t.created_at >= \(filter.createdAfter))
            AND (\(filter.createdBefore)::timestamptz IS NULL OR t.created_at < \(filter.createdBefore))
            AND t.created_at <= act.at AND (t.completed_at IS NULL OR t.completed_at <= act.at)
            AND (\(last?.uuid)::uuid IS NULL OR t.id > \(last?.uuid))
          ORDER BY t.id LIMIT \(limit)
        ) picked WHERE picked.ordering_key IS NOT NULL ORDER BY 1
      ) ordered
      """)
  }

  private static let type = TaskType.taskAction.rawValue

  private static func count(
    _ action: TaskAction, _ filter: TaskFilter, _ transaction: PostgresTransaction
  ) async throws -> Int {
    let row = try await transaction.query(
      """
      SELECT count(*) AS count FROM tasks
      WHERE status = ANY(\(filter.states(for: action).map(\.rawValue)))
          AND type <> ALL(\(filter.protectedTypes(for: action).map(\.rawValue)))
        AND (\(filter.type)::text IS NULL OR type = \(filter.type))
        AND (\(filter.errorCode)::text IS NULL OR error = \(filter.errorCode))
        AND (\(filter.createdAfter)::timestamptz IS NULL OR created_at >= \(filter.createdAfter))
        AND (\(filter.createdBefore)::timestamptz IS NULL OR created_at < \(filter.createdBefore))
      """
    ).rows.first
    return try row?.get("count") ?? 0
  }
}
