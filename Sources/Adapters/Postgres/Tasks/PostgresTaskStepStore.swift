import Application
import Domain
import PostgresDriver

/// The results of steps in the rows of their tasks.
public struct PostgresTaskStepStore: TaskStepStore {
  private let database: any PostgresStatementRunner

  public init(database: any PostgresStatementRunner) { self.database = database }

  public func steps(of task: TaskID) async throws -> [String: String] {
    let rows = try await database.query(
      """
      SELECT step.key AS name, step.value::text AS result FROM tasks, jsonb_each(tasks.steps) AS step
      WHERE tasks.id = \(task.uuid)
      """
    ).rows
    return Dictionary(
      try rows.map { (try $0.get("name", as: String.self), try $0.get("result", as: String.self)) },
      uniquingKeysWith: { first, _ in first })
  }

  /// Nothing is kept of a care plan that its user has deleted meanwhile.
  public func keep(_ result: String, as step: String, of claim: TaskClaim) async throws -> Bool {
    guard result.utf8.count <= TaskSteps.longestResult else { return false }
    return try await database.query(
      """
      UPDATE tasks SET steps = coalesce(steps, '{}') || jsonb_build_object(\(step)::text, \(PostgresJSON(result))::jsonb)
      WHERE id = \(claim.task.uuid) AND claims = \(claim.number) AND status = 'running'
        AND NOT (type = 'care_plan' AND EXISTS (
          SELECT FROM care_plan_work
          WHERE session_id = substr(tasks.unique_key, length('care_plan:') + 1) AND deleted_at IS NOT NULL))
        AND (jsonb_exists(coalesce(steps, '{}'), \(step))
          OR (SELECT count(*) FROM jsonb_object_keys(coalesce(steps, '{}'))) < \(TaskSteps.most))
      """
    ).affectedRows == 1
  }
}
