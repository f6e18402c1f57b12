import Domain

public enum ReadCarePlanError: StableError, Equatable {
  case sessionNotFound
  case sessionLive

  public var code: String {
    switch self {
    case .sessionNotFound: "not_found"
    case .sessionLive: "session_live"
    }
  }
}

/// Reads the plan of the user's own talk, also while the plan is still being written.
public struct ReadCarePlan: Sendable {
  private let plans: any CarePlanReader

  public init(plans: any CarePlanReader) { self.plans = plans }

  /// Nil while the plan is being written.
  public func callAsFunction(_ session: SessionID, by user: UserID) async throws -> StoredCarePlan? {
    guard let summary = try await plans.summary(of: session), summary.userID == user else {
      throw ReadCarePlanError.sessionNotFound
    }
    if let plan = try await plans.carePlan(of: session) { return plan }
    guard summary.settled else { throw ReadCarePlanError.sessionLive }
    return nil
  }
}
