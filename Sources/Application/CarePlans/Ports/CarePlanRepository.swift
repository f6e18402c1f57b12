import Domain

public protocol CarePlanRepository: Sendable {
  /// Keeps the first result for a session, and with it, in the same transaction, `care_plan.ready` and the tasks that
  /// follow. A repeat does nothing.
  func store(_ plan: StoredCarePlan, session: SessionID, user: UserID, then tasks: [NewTask]) async throws
}
