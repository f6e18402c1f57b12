import Application
import Domain
import FoundationEssentials
import PostgresDriver

public struct PostgresTaskServiceAccountEraser: TaskServiceAccountEraser {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  private static let erasures = TaskType.allCases.filter(\.isErasure).map(\.rawValue)

  /// Whether everything is at rest is read before anything is deleted. A task that runs then may still write, and one
  /// that begins later finds the account deleted.
  public func erase(_ user: UserID) async throws -> ErasureProgress {
    try await database.transaction { transaction in
      let isAtRest = try await isAtRest(user, transaction)
      try await transaction.query("DELETE FROM care_plans WHERE user_id = \(user.uuid)")
      try await transaction.query("DELETE FROM care_plan_keys WHERE user_id = \(user.uuid)")
      try await transaction.query("DELETE FROM care_plan_work WHERE user_id = \(user.uuid)")
      try await transaction.query("DELETE FROM sent_mails WHERE user_id = \(user.uuid)")
      try await transaction.query("DELETE FROM mail_attempts WHERE user_id = \(user.uuid)")
      // The keys before the rows, as the end of a task does.
      try await transaction.query(
        """
        SELECT pg_advisory_xact_lock(ordered.key) FROM (
          SELECT DISTINCT hashtextextended('task order:' || ordering_key, 0) AS key FROM tasks
          WHERE user_id = \(user.uuid) AND ordering_key IS NOT NULL AND is_open ORDER BY 1
        ) ordered
        """)
      try await transaction.query(
        """
        DELETE FROM tasks WHERE user_id = \(user.uuid) AND status <> 'running' AND type <> ALL(\(Self.erasures))
        """)
      try await eraseConversations(of: user, transaction)
      return isAtRest ? .complete : .unfinished
    }
  }

  private func isAtRest(_ user: UserID, _ transaction: PostgresTransaction) async throws -> Bool {
    try await transaction.query(
      """
      SELECT 1 AS one WHERE EXISTS (
          SELECT FROM tasks WHERE user_id = \(user.uuid) AND status = 'running' AND type <> ALL(\(Self.erasures)))
        OR EXISTS (SELECT FROM talk_sessions WHERE user_id = \(user.uuid) AND settled_at IS NULL)
        OR EXISTS (SELECT FROM conversations WHERE user_id = \(user.uuid) AND closed_at IS NULL)
      """
    ).rows.isEmpty
  }

  /// A conversation is closed when its duration is reconciled, or when it can no longer begin. Until then ElevenLabs'
  /// record is needed.
  private func eraseConversations(of user: UserID, _ transaction: PostgresTransaction) async throws {
    let ids = try await transaction.query(
      """
      SELECT id FROM conversations c WHERE user_id = \(user.uuid) AND closed_at IS NOT NULL
        AND NOT EXISTS (SELECT FROM tasks WHERE unique_key = 'conversation_erasure:' || c.id)
      """
    ).rows.map { try $0.get("id", as: String.self) }
    for id in ids {
      try await PostgresEventTaskInbox.insert(
        NewTask(
          type: .conversationErasure, payload: ConversationErasurePayload(conversationID: id).json, userID: user,
          uniqueKey: "conversation_erasure:\(id)"),
        in: transaction)
    }
    if !ids.isEmpty { transaction.announce(PostgresTaskQueue.topic) }
  }
}
