import Domain
import FoundationEssentials

/// What is stored of a session's plan.
public enum CarePlanOutcome: Sendable, Equatable {
  /// The plan as JSON, as Domain's `CarePlan` encodes it.
  case ready(planJSON: String)
  case skipped(reason: String)
  case failed(reason: String)

  /// The reason of a plan that its owner has deleted.
  public static let deleted = CarePlanOutcome.skipped(reason: "deleted")
  /// What is read of a plan that is sealed under a secret that this instance does not have.
  public static let unreadable = CarePlanOutcome.failed(reason: "unreadable")
}

/// How far the writing of a plan is that is not stored.
public struct CarePlanWork: Sendable, Equatable {
  /// The state of its task; nil if there is no task, or none any more.
  public let task: TaskState?
  /// Why the plan is not there yet, or why the task ended.
  public let reason: String?
  /// The end of the talk.
  public let since: Date
  /// Whether the talk ended so long ago that a task would have been made by now.
  public let isLongAgo: Bool

  public init(task: TaskState?, reason: String?, since: Date, isLongAgo: Bool) {
    self.task = task
    self.reason = reason
    self.since = since
    self.isLongAgo = isLongAgo
  }
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
  /// `deleted` for a plan that its owner has deleted, `unreadable` for one that cannot be unsealed here; nil if nothing
  /// is stored.
  func carePlan(of session: SessionID) async throws -> CarePlanOutcome?
  /// Nil for a talk that is not settled.
  func work(on session: SessionID) async throws -> CarePlanWork?
  func summary(of session: SessionID) async throws -> TalkSettlementStatus?
}
