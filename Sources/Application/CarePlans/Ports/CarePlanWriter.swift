import Domain

public enum CarePlanError: Error, Sendable, Equatable {
  /// A later try may succeed; not before `after`.
  case later(code: String, after: Duration)
  /// The model will not write one.
  case refused(code: String)
}

public protocol CarePlanWriter: Sendable {
  func plan(from transcript: Transcript) async throws(CarePlanError) -> CarePlan
}
