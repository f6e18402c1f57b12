import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// An operator's decisions about types of tasks, each with its entry in the audit log.
public struct PostgresTaskTypeAdministration: TaskTypeAdministration {
  private let database: PostgresPool
  private let patience: Duration

  /// - Parameter patience: how long unfinished tasks are counted. The decisions are shown without the counts otherwise.
  public init(database: PostgresPool, patience: Duration = .seconds(1)) {
    self.database = database
    self.patience = patience
  }

  public func types() async throws -> [TaskTypeReport] {
    let counts = try await counts()
    let rows = try await database.query(
      """
      SELECT known.type, steered.paused_at, steered.pause_reason, steered.paused_by, steered.most_running,
        steered.most_per_minute
      FROM unnest(\(TaskType.allCases.map(\.rawValue))) WITH ORDINALITY AS known (type, place)
      LEFT JOIN task_types AS steered ON steered.type = known.type
      ORDER BY known.place
      """
    ).rows
    return try rows.compactMap { row in
      let name: String = try row.get("type")
      guard let type = TaskType(rawValue: name) else { return nil }
      let pause = try row.get("paused_at", as: Date?.self).map {
        TaskTypeReport.Pause(since: $0, reason: try row.get("pause_reason"), actor: try row.get("paused_by"))
      }
      return TaskTypeReport(
        type: type, pause: pause, limits: try TaskTypeLimits(row), pending: counts.map { $0[name]?.pending ?? 0 },
        running: counts.map { $0[name]?.running ?? 0 })
    }
  }

  private struct Count: Sendable {
    let pending, running: Int
  }

  /// - Returns: nil if there are too many unfinished tasks, or an old transaction keeps too many finished ones in the
  ///   index.
  private func counts() async throws -> [String: Count]? {
    do {
      let rows = try await database.transaction { transaction in
        try await transaction.query(PostgresQuery(script: "SET LOCAL statement_timeout = \(patience.milliseconds)"))
        return try await transaction.query(
          """
          SELECT type, count(*) FILTER (WHERE status = 'pending') AS pending,
            count(*) FILTER (WHERE status = 'running') AS running
          FROM tasks WHERE is_open GROUP BY type
          """
        ).rows
      }
      var counts: [String: Count] = [:]
      for row in rows {
        counts[try row.get("type", as: String.self)] = Count(
          pending: try row.get("pending"), running: try row.get("running"))
      }
      return counts
    } catch let error as PostgresError where error.kind == .timeout {
      return nil
    }
  }

  public func pause(_ type: TaskType, reason: Reason, actor: String) async throws {
    try await database.transaction { transaction in
      try await transaction.query(
        """
        INSERT INTO task_types (type, paused_at, pause_reason, paused_by)
        VALUES (\(type.rawValue), clock_timestamp(), \(reason.text), \(actor))
        ON CONFLICT (type) DO UPDATE SET paused_at = coalesce(task_types.paused_at, excluded.paused_at),
          pause_reason = excluded.pause_reason, paused_by = excluded.paused_by
        """)
      try await note("pause", type, reason, actor, nil, in: transaction)
    }
  }

  public func resume(_ type: TaskType, reason: Reason, actor: String) async throws {
    try await database.transaction { transaction in
      try await transaction.query(
        """
        UPDATE task_types SET paused_at = NULL, pause_reason = NULL, paused_by = NULL,
          resumed_at = CASE WHEN paused_at IS NULL THEN resumed_at ELSE clock_timestamp() END
        WHERE type = \(type.rawValue)
        """)
      try await note("resume", type, reason, actor, nil, in: transaction)
      try await transaction.query("SELECT pg_notify(\(PostgresTaskQueue.topic), '')")
    }
  }

  public func limit(_ type: TaskType, to limits: TaskTypeLimits, reason: Reason, actor: String) async throws {
    let (running, perMinute) = (limits.mostRunning, limits.rate?.perMinute)
    try await database.transaction { transaction in
      try await transaction.query(
        """
        INSERT INTO task_types (type, most_running, most_per_minute)
        VALUES (\(type.rawValue), \(running), \(perMinute))
        ON CONFLICT (type) DO UPDATE SET most_running = excluded.most_running,
          most_per_minute = excluded.most_per_minute,
          rate_until = CASE WHEN excluded.most_per_minute > task_types.most_per_minute
            THEN least(task_types.rate_until, clock_timestamp()) ELSE task_types.rate_until END,
          begun = CASE WHEN excluded.most_running IS NULL THEN '{}' ELSE task_types.begun END
        """)
      let details = "most_running=\(Self.text(running)) most_per_minute=\(Self.text(perMinute))"
      try await note("limit", type, reason, actor, details, in: transaction)
      try await transaction.query("SELECT pg_notify(\(PostgresTaskQueue.topic), '')")
    }
  }

  private static func text(_ limit: Int?) -> String { limit.map { "\($0)" } ?? "-" }

  private func note(
    _ action: String, _ type: TaskType, _ reason: Reason, _ actor: String, _ details: String?,
    in transaction: PostgresTransaction
  ) async throws {
    try await OperatorAction(
      actor: actor, action: "task_type.\(action)", subject: type.rawValue, reason: reason.text, details: details
    ).note(in: transaction)
  }
}
