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
      for task in tasks { try await Self.insert(task, in: transaction) }
      if let wake { try await Self.wake(wake, in: transaction) }
      transaction.announce(PostgresTaskQueue.topic)
    }
  }

  /// Nothing is done for a deleted account, except its erasure.
  static func insert(_ task: NewTask, in session: any PostgresStatementRunner) async throws(PostgresError) {
    try await session.query(
      """
      INSERT INTO tasks (type, payload, user_id, unique_key, priority)
      SELECT \(task.type.rawValue), \(PostgresJSON(task.payload)), \(task.userID?.uuid), \(task.uniqueKey), \(task.priority)
      WHERE \(task.type.isErasure)
        OR NOT EXISTS (SELECT FROM users WHERE id = \(task.userID?.uuid) AND deleted_at IS NOT NULL)
      ON CONFLICT (unique_key) DO NOTHING
      """)
  }

  private static func wake(_ wake: TaskWakeUp, in session: any PostgresStatementRunner) async throws(PostgresError) {
    try await session.query(
      """
      UPDATE tasks SET run_at = clock_timestamp()
      WHERE user_id = \(wake.userID.uuid) AND status = 'pending' AND type = ANY(\(wake.types.map(\.rawValue)))
      """)
  }
}
