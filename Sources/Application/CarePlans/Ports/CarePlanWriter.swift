import Domain

public enum CarePlanError: Error, Sendable, Equatable {
  /// A later attempt may succeed, but not before `after`.
  case later(code: String, after: Duration)
  /// The model refuses to write a plan.
  case refused(code: String)
}

public protocol CarePlanWriter: Sendable {
  func plan(from transcript: Transcript) async throws(CarePlanError) -> CarePlan
}
