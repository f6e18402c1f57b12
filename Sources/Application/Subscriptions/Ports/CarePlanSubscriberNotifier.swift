import Domain

/// Informs the subscribers of a talk about the result of its care plan.
public protocol CarePlanSubscriberNotifier: Sendable {
  /// - Parameter status: `ready`, `skipped` or `failed`. The first one is kept.
  func carePlan(_ status: String, of session: SessionID) async throws(LiveTalkError)
}
