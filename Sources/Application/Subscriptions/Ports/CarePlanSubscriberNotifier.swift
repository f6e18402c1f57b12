import Domain

/// Informs the subscribers of a talk about the result of its care plan.
public protocol CarePlanSubscriberNotifier: Sendable {
  /// - Parameter status: `ready`, `skipped` or `failed`. It replaces a worse one (`CarePlanResult.isNews`).
  func carePlan(_ status: String, of session: SessionID) async throws(LiveTalkError)
}
