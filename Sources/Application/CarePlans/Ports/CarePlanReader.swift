import Domain

/// What is stored of a session's plan.
public enum CarePlanOutcome: Sendable {
  /// The plan as JSON, as Domain's `CarePlan` encodes it.
  case ready(planJSON: String)
  case skipped(reason: String)
  case failed(reason: String)
}

/// The part of a session that the task service may read.
public struct TalkSettlementStatus: Sendable, Equatable {
  public let userID: UserID
  public let settled: Bool
  public init(userID: UserID, settled: Bool) {
    self.userID = userID
    self.settled = settled
  }
}

public protocol CarePlanReader: Sendable {
  func carePlan(of session: SessionID) async throws -> CarePlanOutcome?
  func summary(of session: SessionID) async throws -> TalkSettlementStatus?
}
