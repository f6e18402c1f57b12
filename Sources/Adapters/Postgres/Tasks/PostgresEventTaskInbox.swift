import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Adds tasks to the queue, once for each event and once for each unique key.
public struct PostgresEventTaskInbox: EventTaskInbox {
  private let pool: PostgresPool
  private let inbox: PostgresInbox

  public init(pool: PostgresPool, inbox: PostgresInbox) {
    self.pool = pool
    self.inbox = inbox
  }

  public func enqueue(_ tasks: [NewTask], wake: TaskWakeUp?, for event: EventID) async throws {
    let inbox = inbox
    try await pool.transaction { transaction in
      guard try await inbox.isFirst(event, in: transaction) else { return }
      // First, because whoever adds tasks with ordering keys holds locks that the end of another one waits for.
      if let wake { try await Self.wake(wake, in: transaction) }
      for task in tasks { try await Self.insert(task, in: transaction) }
      transaction.announce(PostgresTaskQueue.topic)
    }
  }

  public func callBack(_ key: String, for event: EventID) async throws {
    let inbox = inbox
    try await pool.transaction { transaction in
      guard try await inbox.isFirst(event, in: transaction) else { return }
      let called = try await transaction.query(
        """
        UPDATE tasks SET called_back_at = clock_timestamp(),
          run_at = CASE WHEN status = 'pending' AND awaits_callback
            THEN clock_timestamp() ELSE run_at END
        WHERE callback_key = \(key) AND callback_key IS NOT NULL AND is_open
        """)
      if called.affectedRows > 0 { transaction.announce(PostgresTaskQueue.topic) }
    }
  }

  /// Nothing is done for a deleted account, except its erasure. The condition of the conflict lets the next release have
  /// an index of the tasks with a key alone, which the constraint of this one does not need.
  /// - Returns: whether the task is a new one, or begins anew.
  @discardableResult
  static func insert(_ task: NewTask, in session: any PostgresStatementRunner) async throws(PostgresError) -> Bool {
    let window = task.uniqueWithin?.seconds
    let isNew =
      try await session.query(
        """
        INSERT INTO tasks (type, payload, payload_version, user_id, callback_key, unique_key, priority, ordering_key)
        SELECT \(task.type.rawValue), \(PostgresJSON(task.payload)), \(task.version), \(task.userID?.uuid),
          \(task.callbackKey), \(task.uniqueKey)::text || CASE WHEN \(window)::bigint IS NULL THEN '' ELSE
            '@' || (floor(extract(epoch FROM statement_timestamp()) / \(window)::bigint) * \(window)::bigint)::bigint
              || '+' || \(window)::bigint END,
          \(task.priority), \(task.orderingKey)
        WHERE \(task.type.isErasure)
          OR NOT EXISTS (SELECT FROM users WHERE id = \(task.userID?.uuid) AND deleted_at IS NOT NULL)
        ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING
        """
      ).affectedRows == 1
    if !isNew, task.type.beginsAnew { return try await beginAnew(task, in: session) }
    return isNew
  }

  /// A statement of its own, so that no other task locks the row that has its key.
  private static func beginAnew(
    _ task: NewTask, in session: any PostgresStatementRunner
  ) async throws(PostgresError) -> Bool {
    try await session.query(
      """
      UPDATE tasks SET status = 'pending', is_open = true, attempts = 0, error = NULL, completed_at = NULL,
        cancel_asked = false, losses = 0, failing_since = NULL, retried_at = clock_timestamp(),
        run_at = clock_timestamp()
      WHERE unique_key = \(task.uniqueKey) AND status IN ('completed', 'failed', 'cancelled')
      """
    ).affectedRows == 1
  }

  /// A task that runs may already have seen that it is too early. Its worker and this statement wait for each other's
  /// lock of the row, so that either the end of the attempt finds the mark or this finds the waiting task.
  private static func wake(_ wake: TaskWakeUp, in session: any PostgresStatementRunner) async throws(PostgresError) {
    try await session.query(
      """
      UPDATE tasks SET run_at = CASE WHEN status = 'pending' THEN least(run_at, clock_timestamp()) ELSE run_at END,
        woken = status = 'running'
      WHERE user_id = \(wake.userID.uuid) AND status IN ('pending', 'running') AND NOT is_behind
        AND type = ANY(\(wake.types.map(\.rawValue)))
      """)
  }
}
