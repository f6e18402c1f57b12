import Domain

/// What is stored of a session's plan.
public enum StoredCarePlan: Sendable {
  /// The plan as JSON, in the form that Domain's `CarePlan` encodes.
  case ready(planJSON: String)
  case skipped(reason: String)
  case failed(reason: String)
}

/// What the task service may know of a session.
public struct SessionSummary: Sendable, Equatable {
  public let userID: UserID
  public let settled: Bool
  public init(userID: UserID, settled: Bool) {
    self.userID = userID
    self.settled = settled
  }
}

public protocol CarePlanReader: Sendable {
  func carePlan(of session: SessionID) async throws -> StoredCarePlan?
  func summary(of session: SessionID) async throws -> SessionSummary?
}

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

/// The plan of one's own talk, whether it is written already or still to come.
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
