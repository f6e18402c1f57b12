/// How long the provider says that a conversation lasted, beside what the talks that had its URL were charged. The rule
/// of what becomes an adjustment; nothing here knows of wallets.
public struct Reconciliation: Sendable, Equatable {
  /// One heartbeat: so much is left as it is, either way.
  public static let tolerance = TalkTime.seconds(5)
  /// What is tolerated of one user's conversations of one day (UTC) altogether, either way.
  public static let dailyTolerance = TalkTime.seconds(60)
  /// A talk that the live store has lost was charged at what was last told: at most a slice less than was talked.
  public static let lostSlice = TalkTime.milliseconds(Meter.sliceLength)

  /// As the provider has it.
  public let duration: TalkTime
  /// All talks that had the URL.
  public let charged: TalkTime
  /// What the live store skipped while they went on: talked perhaps, and never charged.
  public let forgiven: TalkTime
  /// The adjustments so far; below zero what was given back.
  public let adjusted: TalkTime

  public init(duration: TalkTime, charged: TalkTime, forgiven: TalkTime, adjusted: TalkTime) {
    self.duration = duration
    self.charged = charged
    self.forgiven = forgiven
    self.adjusted = adjusted
  }

  /// What was talked and not charged; below zero what was charged and not talked. What was forgiven is neither.
  public var difference: TalkTime {
    let paid = charged + adjusted
    let most = max(.zero, duration)
    let least = max(.zero, most - max(.zero, forgiven))
    if paid < least { return least - paid }
    return paid > most ? most - paid : .zero
  }

  public enum Verdict: Sendable, Equatable {
    /// It is left as it is, and counts towards the day.
    case tolerated
    /// It becomes an adjustment, whole.
    case adjusted
    /// So does all that was tolerated on that day before.
    case adjustedWithTheDay
  }

  /// - Parameter day: what is tolerated of the user's other conversations of that day.
  public func verdict(day: TalkTime) -> Verdict {
    if difference.magnitude > Self.tolerance { return .adjusted }
    return (difference + day).magnitude > Self.dailyTolerance ? .adjustedWithTheDay : .tolerated
  }
}

extension TalkTime {
  fileprivate var magnitude: TalkTime { max(self, -self) }
}
