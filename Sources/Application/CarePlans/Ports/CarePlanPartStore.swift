import Domain

/// The plans of a long talk's parts, which the model has written before. They save requests that were paid for; so a
/// part that cannot be read or kept is no error, and is written once more.
public protocol CarePlanPartStore: Sendable {
  func plan(of part: String) async -> CarePlan?
  func keep(_ plan: CarePlan, of part: String) async
}

/// The parts of each task.
public protocol CarePlanPartRepository: Sendable {
  func parts(of task: ClaimedTask, session: SessionID, user: UserID) -> any CarePlanPartStore
}

/// Keeps nothing.
public struct UnkeptCarePlanParts: CarePlanPartStore, CarePlanPartRepository {
  public init() {}
  public func plan(of part: String) async -> CarePlan? { nil }
  public func keep(_ plan: CarePlan, of part: String) async {}
  public func parts(of task: ClaimedTask, session: SessionID, user: UserID) -> any CarePlanPartStore { self }
}
