import Application
import Domain
import Synchronization

/// Returns the given plan, or fails with the given error.
public final class ScriptedCarePlanWriter: CarePlanWriter {
  private let answer: Result<CarePlan, CarePlanError>
  private let seen = Mutex<[CarePlanRequest]>([])

  public init(_ answer: Result<CarePlan, CarePlanError>) { self.answer = answer }

  /// The requests that it received.
  public var requests: [CarePlanRequest] { seen.withLock(\.self) }

  public func plan(
    from request: CarePlanRequest, parts: any CarePlanPartStore
  ) async throws(CarePlanError) -> CarePlan {
    seen.withLock { $0.append(request) }
    return try answer.get()
  }
}
