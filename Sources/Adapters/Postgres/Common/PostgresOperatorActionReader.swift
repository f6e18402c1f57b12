import Application
import Domain
import PostgresDriver

/// The audit log, which every service writes to.
public struct PostgresOperatorActionReader: OperatorActionReader {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  /// A plan for all values would read the log from its end, however rare the actor is.
  private static let settings = PostgresQuery(script: "SET LOCAL plan_cache_mode = force_custom_plan")

  public func actions(
    by actor: String?, on subject: String?, before number: Int64?, limit: Int
  ) async throws(BillingError) -> [NotedOperatorAction] {
    try await billing {
      try await database.transaction(settings: Self.settings) { transaction -> [NotedOperatorAction] in
        try await transaction.query(
          """
          SELECT id, actor, action, subject, reason, details, at FROM operator_actions
          WHERE id < \(number ?? .max) AND (\(actor)::text IS NULL OR actor = \(actor))
            AND (\(subject)::text IS NULL OR subject = \(subject))
          ORDER BY id DESC LIMIT \(limit)
          """
        ).rows.map { row in
          NotedOperatorAction(
            number: try row.get("id"), actor: try row.get("actor"), action: try row.get("action"),
            subject: try row.get("subject"), reason: try row.get("reason"), details: try row.get("details"),
            at: try row.get("at"))
        }
      }
    }
  }
}
