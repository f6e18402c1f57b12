import Domain

public enum ReadCarePlanError: StableError, Equatable {
  case sessionNotFound
  case sessionLive
  /// The store cannot be reached.
  case unavailable

  public var code: String {
    switch self {
    case .sessionNotFound: "not_found"
    case .sessionLive: "session_live"
    case .unavailable: "tasks_unavailable"
    }
  }
}

/// Reads the plan of the user's own talk, also while the plan is still being written.
public struct ReadCarePlan: Sendable {
  private let plans: any CarePlanReader

  public init(plans: any CarePlanReader) { self.plans = plans }

  /// Nil while the plan is being written.
  public func callAsFunction(
    _ session: SessionID, by user: UserID
  ) async throws(ReadCarePlanError) -> CarePlanOutcome? {
    let summary: TalkSettlementStatus?
    let plan: CarePlanOutcome?
    do {
      summary = try await plans.summary(of: session)
      plan = summary?.userID == user ? try await plans.carePlan(of: session) : nil
    } catch { throw .unavailable }
    guard let summary, summary.userID == user else { throw .sessionNotFound }
    guard plan != nil || summary.settled else { throw .sessionLive }
    return plan
  }
}
