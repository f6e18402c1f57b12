/// What a step of a talk means to whoever watches it.
public enum ChangeKind: String, Sendable {
  case remaining, low
  case toppedUp = "topped_up"
  case ended
}

/// Little is left: part of the HTTP contract.
public enum LowWarning: String, Sendable, CaseIterable {
  case low60 = "low_60"
  case low15 = "low_15"

  /// In milliseconds.
  public var threshold: Int64 { self == .low60 ? 60_000 : 15_000 }

  /// Nil where more than 60 s remain.
  public init?(remaining: TalkTime) {
    switch remaining.milliseconds {
    case ...LowWarning.low15.threshold: self = .low15
    case ...LowWarning.low60.threshold: self = .low60
    default: return nil
    }
  }
}

extension Meter {
  /// What the step that led from `before` to here is to a watcher; nil for what is of no interest, as most beats are and
  /// a slice is that only moves what was there before. The scripts say the same.
  ///
  /// A threshold counts as often as it is passed: after a top-up it warns again. A talk that begins below one is warned
  /// at its first beat. What is found again of a wallet that was heard of earlier, as when a slice is noted after its own
  /// `wallet.changed`, is no top-up. Until the first slice is noted nobody knows the talk, so nothing is told of its wallet.
  public func change(since before: Meter) -> ChangeKind? {
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
