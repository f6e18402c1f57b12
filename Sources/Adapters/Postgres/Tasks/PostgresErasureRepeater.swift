import Application
import PostgresDriver

/// Lets erasures that have failed begin anew, until they succeed. It does so whatever the settings are, because the
/// data of a deleted account is among what they erase.
public struct PostgresErasureRepeater: Sendable {
  private let database: any PostgresStatementRunner

  public init(database: any PostgresStatementRunner) { self.database = database }

  private static let mostAtOnce = 100

  /// The times of a task that begins anew count from now. The code of its failure stays until the next end. Its lost
  /// workers still count: it may be what kills them, and so it may kill no more than one each time. Each type has an
  /// index of its own for this.
  public func runOnce() async throws {
    try await database.query(
      """
      UPDATE tasks SET status = 'pending', is_open = true, attempts = 0, completed_at = NULL, cancel_asked = false,
        failing_since = NULL, retried_at = clock_timestamp(), run_at = clock_timestamp()
      WHERE id = ANY (
        ARRAY(
          SELECT id FROM tasks
          WHERE type = 'conversation_erasure' AND status = 'failed'
            AND error IS NOT NULL AND error <> ALL(\(FailedErasure.hopeless))
            AND completed_at < statement_timestamp() - \(FailedErasure.pause.milliseconds) * interval '1 millisecond'
            AND (error <> \(FailedErasure.refused) OR completed_at
              < statement_timestamp() - \(FailedErasure.pauseOfRefused.milliseconds) * interval '1 millisecond')
          ORDER BY completed_at LIMIT \(Self.mostAtOnce) FOR UPDATE SKIP LOCKED)
        || ARRAY(
          SELECT id FROM tasks
          WHERE type = 'account_erasure' AND status = 'failed'
            AND error IS NOT NULL AND error <> ALL(\(FailedErasure.hopeless))
            AND completed_at < statement_timestamp() - \(FailedErasure.pause.milliseconds) * interval '1 millisecond'
          ORDER BY completed_at LIMIT \(Self.mostAtOnce) FOR UPDATE SKIP LOCKED))
      """)
  }
}
