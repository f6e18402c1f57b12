extension Duration {
  /// A duration that comes from outside, to the millisecond, clamped to the range from zero to `longest`. Nil for NaN
  /// and for infinite values.
  public init?(seconds: Double, upTo longest: Duration) {
    guard seconds.isFinite else { return nil }
    // Larger than any sensible `longest`, and small enough for the milliseconds to fit.
    let bounded = min(max(0, seconds), 1e12)
    self = min(.milliseconds(Int64(clamping: bounded * 1_000)), longest)
  }

  /// Whole milliseconds, rounded down.
  public var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds.clampedMultiplied(by: 1_000).clampedAdding(attoseconds / 1_000_000_000_000_000)
  }
}
