import Domain

public protocol CarePlanRepository: Sendable {
  /// Stores the first result for a session, and in the same transaction the event `care_plan.ready` and the tasks that
  /// follow. Does nothing on a repeat, and for an account that was deleted meanwhile.
  func store(_ plan: CarePlanOutcome, session: SessionID, user: UserID, then tasks: [NewTask]) async throws
}
