import Application
import Domain
import Synchronization

/// Returns the given plan, or fails with the given error.
public final class ScriptedCarePlanWriter: CarePlanWriter {
  private let answer: Result<CarePlan, CarePlanError>
  private let seen = Mutex<[Transcript]>([])

  public init(_ answer: Result<CarePlan, CarePlanError>) { self.answer = answer }

  /// The transcripts that it received.
  public var transcripts: [Transcript] { seen.withLock(\.self) }

  public func plan(from transcript: Transcript) async throws(CarePlanError) -> CarePlan {
    seen.withLock { $0.append(transcript) }
    return try answer.get()
  }
}
