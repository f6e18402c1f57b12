import FoundationEssentials

/// Compares the duration that the provider reports for a conversation with what its talks were charged. The type holds
/// the rule for when a difference becomes an adjustment; it knows nothing of wallets.
public struct DurationReconciliation: Sendable, Equatable {
  /// One heartbeat: a difference of up to this much, in either direction, is not adjusted.
  public static let tolerance = TalkTime.seconds(5)
  /// The most that is tolerated for all conversations of one user on one day (UTC), in either direction.
  public static let dailyTolerance = TalkTime.seconds(60)
  /// Counted as forgiven for a talk that the live store has lost. Such a talk was charged at its last known figure,
  /// which is at most one slice too low.
  public static let lostSlice = TalkTime.milliseconds(Meter.sliceLength)

  /// The day (UTC) of a moment, whose small differences are added up.
  public static func day(of moment: Date) -> Range<Date> {
    let length = 86_400.0
    let start = (moment.timeIntervalSince1970 / length).rounded(.down) * length
    return Date(timeIntervalSince1970: start)..<Date(timeIntervalSince1970: start + length)
  }

  /// The duration that the provider reports.
  public let duration: TalkTime
  /// The charges of all talks that shared the conversation's URL.
  public let charged: TalkTime
  /// The time that the live store skipped during those talks. The user may have talked in it, and it was never charged.
  public let forgiven: TalkTime
  /// The sum of the adjustments so far; negative if talk time was given back.
  public let adjusted: TalkTime

  public init(duration: TalkTime, charged: TalkTime, forgiven: TalkTime, adjusted: TalkTime) {
    self.duration = duration
    self.charged = charged
    self.forgiven = forgiven
    self.adjusted = adjusted
  }

  /// The talk time that was used and not charged; negative for time that was charged and not used. Forgiven time counts
  /// as neither.
  public var difference: TalkTime {
    let paid = charged + adjusted
    let most = max(.zero, duration)
    let least = max(.zero, most - max(.zero, forgiven))
    if paid < least { return least - paid }
    return paid > most ? most - paid : .zero
  }

  public enum Verdict: Sendable, Equatable {
    /// The difference is not adjusted and counts towards the day's tolerance.
    case tolerated
    /// The whole difference becomes an adjustment.
    case adjusted
    /// The whole difference becomes an adjustment, together with everything that was tolerated earlier that day.
    case adjustedWithTheDay
  }

  /// - Parameter day: the tolerated differences of the user's other conversations of that day.
  public func verdict(day: TalkTime) -> Verdict {
    if difference.magnitude > Self.tolerance { return .adjusted }
    return (difference + day).magnitude > Self.dailyTolerance ? .adjustedWithTheDay : .tolerated
  }
}

extension TalkTime {
  fileprivate var magnitude: TalkTime { max(self, -self) }
}
