/// What a step of a talk means to the talk's subscribers.
public enum TalkChangeKind: String, Sendable {
  case remaining, low
  case toppedUp = "topped_up"
  case ended
}

/// A warning that little talk time is left: part of the HTTP contract.
public enum LowWarning: String, Sendable, CaseIterable {
  case low60 = "low_60"
  case low15 = "low_15"

  /// In milliseconds.
  public var threshold: Int64 { self == .low60 ? 60_000 : 15_000 }

  /// Nil if more than 60 s remain.
  public init?(remaining: TalkTime) {
    switch remaining.milliseconds {
    case ...LowWarning.low15.threshold: self = .low15
    case ...LowWarning.low60.threshold: self = .low60
    default: return nil
    }
  }
}

extension Meter {
  /// The change that a subscriber sees in the step from `before` to this state. Nil if there is nothing to report, as
  /// for most beats and for a slice that only moves talk time from available to granted. The scripts follow the same
  /// rule.
  ///
  /// A threshold warns each time it is passed, so it warns again after a top-up. A talk that begins below a threshold
  /// gets the warning at its first beat. An increase without a newer wallet version is no top-up: it occurs when a
  /// slice is noted after its own `wallet.changed`. No change is reported before the first slice is noted, because the
  /// talk is not known to clients until then.
  public func change(since before: Meter) -> TalkChangeKind? {
    if state == .ended { return before.state == .ended ? nil : .ended }
    let moved = before.slice > 0 ? (granted + available) - (before.granted + before.available) : 0
    if moved > 0, walletVersion > before.walletVersion { return .toppedUp }
    if state == .live, LowWarning.allCases.contains(where: { passed($0.threshold, since: before) }) { return .low }
    return moved != 0 ? .remaining : nil
  }

  private func passed(_ threshold: Int64, since before: Meter) -> Bool {
    let had = before.state == .starting ? Int64.max : before.unclamped
    return had > threshold && unclamped <= threshold
  }

  private var unclamped: Int64 { granted - metered + available }
}
