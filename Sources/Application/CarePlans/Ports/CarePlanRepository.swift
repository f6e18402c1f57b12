import Domain

public protocol CarePlanRepository: Sendable {
  /// Stores the first result for a session, and in the same transaction the event `care_plan.ready` and the tasks that
  /// follow. A repeat does nothing.
  func store(_ plan: CarePlanOutcome, session: SessionID, user: UserID, then tasks: [NewTask]) async throws
}
