import Domain

/// What a plan is written from.
public struct CarePlanRequest: Sendable, Equatable {
  public let transcript: Transcript
  /// The day of the talk, in UTC.
  public let talkedOn: CalendarDate
  public init(transcript: Transcript, talkedOn: CalendarDate) {
    self.transcript = transcript
    self.talkedOn = talkedOn
  }
}

public enum CarePlanError: Error, Sendable, Equatable {
  /// The model cannot be asked now, and that is not about this talk: an outage, a quota, a key that is refused. The
  /// earliest moment for the next try is in `after`.
  case away(code: String, after: Duration)
  /// The answer is of no use; the next one may be better.
  case unusable(code: String)
  /// No other try can help.
  case refused(code: String)
}

public protocol CarePlanWriter: Sendable {
  /// - Parameter parts: what earlier attempts have written of this talk
  func plan(
    from request: CarePlanRequest, parts: any CarePlanPartStore
  ) async throws(CarePlanError) -> CarePlan
}
