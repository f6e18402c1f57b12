import Domain
import FoundationEssentials

public enum ReadCarePlanError: StableError, Equatable {
  case sessionNotFound
  /// The talk goes on, or it is over and not settled yet: which of the two, only the store of live talks knows.
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

/// A plan as its owner sees it.
public enum CarePlanStatus: Sendable, Equatable {
  /// - Parameters:
  ///   - reason: `queued` before the first try, else why the plan is not there yet.
  ///   - since: the end of the talk.
  case pending(reason: String, since: Date)
  case ended(CarePlanOutcome)
}

/// Reads the plan of the user's own talk, also while the plan is still being written. A plan is pending no longer than
/// its task.
public struct ReadCarePlan: Sendable {
  private let plans: any CarePlanReader

  public init(plans: any CarePlanReader) { self.plans = plans }

  public func callAsFunction(
    _ session: SessionID, by user: UserID
  ) async throws(ReadCarePlanError) -> CarePlanStatus {
    do {
      guard let summary = try await plans.summary(of: session), summary.userID == user else {
        throw ReadCarePlanError.sessionNotFound
      }
      if let plan = try await plans.carePlan(of: session) { return .ended(plan) }
      guard summary.settled, let work = try await plans.work(on: session) else { throw ReadCarePlanError.sessionLive }
      // A plan that was stored meanwhile counts, not the end of its task.
      if work.isOver, let plan = try await plans.carePlan(of: session) { return .ended(plan) }
      return work.status
    } catch let error as ReadCarePlanError {
      throw error
    } catch {
      throw .unavailable
    }
  }
}

extension CarePlanWork {
  /// Whether nobody works on the plan any more.
  fileprivate var isOver: Bool {
    switch task {
    case .pending, .running, .parked: false
    case .completed, .failed, .cancelled: true
    case nil: isLongAgo
    }
  }

  fileprivate var status: CarePlanStatus {
    switch task {
    case .pending, .running, .parked: .pending(reason: reason ?? "queued", since: since)
    case .failed: .ended(.failed(reason: reason ?? "unknown"))
    case .cancelled: .ended(.failed(reason: "cancelled"))
    // The plan was there, and its time is over.
    case .completed: .ended(.skipped(reason: "expired"))
    case nil: isLongAgo ? .ended(.skipped(reason: "expired")) : .pending(reason: "queued", since: since)
    }
  }
}
