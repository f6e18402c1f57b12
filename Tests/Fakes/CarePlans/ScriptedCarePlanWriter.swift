import Application
import Domain
import Synchronization

/// Writes the plan that it was given, or answers with an error.
public final class ScriptedCarePlanWriter: CarePlanWriter {
  private let answer: Result<CarePlan, CarePlanError>
  private let seen = Mutex<[Transcript]>([])

  public init(_ answer: Result<CarePlan, CarePlanError>) { self.answer = answer }

  /// What it was given to read.
  public var transcripts: [Transcript] { seen.withLock(\.self) }

  public func plan(from transcript: Transcript) async throws(CarePlanError) -> CarePlan {
    seen.withLock { $0.append(transcript) }
    return try answer.get()
  }
}
