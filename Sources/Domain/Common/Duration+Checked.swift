extension Duration {
  /// A span that somebody else names, to the millisecond: not below zero and not beyond `longest`. Nil for NaN and for the
  /// infinite, which name none.
  public init?(seconds: Double, upTo longest: Duration) {
    guard seconds.isFinite else { return nil }
    // Beyond this every span is longer than `longest` can sensibly be, and its milliseconds still fit.
    let bounded = min(max(0, seconds), 1e12)
    self = min(.milliseconds(Int64(clamping: bounded * 1_000)), longest)
  }

  /// Whole milliseconds, rounded down.
  public var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds.clampedMultiplied(by: 1_000).clampedAdding(attoseconds / 1_000_000_000_000_000)
  }
}
