import Domain

/// Takes note of what became of a talk's care plan, for those who watch it.
public protocol CarePlanNotifier: Sendable {
  /// - Parameter status: `ready`, `skipped` or `failed`. The first one stands.
  func carePlan(_ status: String, of session: SessionID) async throws(LiveTalkError)
}
