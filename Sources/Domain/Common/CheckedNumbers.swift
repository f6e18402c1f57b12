import FoundationEssentials

// The one way from numbers that come from outside into ours. Swift's own conversions end the process for a value that does
// not fit, and so does its arithmetic; none of these can. `./dev lint` refuses the others.

extension FixedWidthInteger {
  /// The nearest whole number: the least or the greatest that there is where the value does not fit, and zero for NaN.
  public init(clamping value: Double) {
    self = Self(exactly: value.rounded()) ?? (value.isNaN ? 0 : value < 0 ? .min : .max)
  }

  /// The sum, or where it does not fit the limit that it passed.
  public func clampedAdding(_ other: Self) -> Self {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }

  /// The difference, or where it does not fit the limit that it passed.
  public func clampedSubtracting(_ other: Self) -> Self {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other < 0 ? .max : .min) : difference
  }

  /// The product, or where it does not fit the limit that it passed.
  public func clampedMultiplied(by other: Self) -> Self {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? ((self < 0) == (other < 0) ? .max : .min) : product
  }
}

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

extension Date {
  /// Seconds since 1970, rounded down.
  public var unixSeconds: Int64 { Int64(clamping: timeIntervalSince1970.rounded(.down)) }
  /// Milliseconds since 1970, rounded to the nearest.
  public var unixMilliseconds: Int64 { Int64(clamping: timeIntervalSince1970 * 1_000) }
  /// Microseconds since 1970, rounded to the nearest: what the database keeps.
  public var unixMicroseconds: Int64 { Int64(clamping: timeIntervalSince1970 * 1_000_000) }

  public init(unixMilliseconds: Int64) { self.init(timeIntervalSince1970: Double(unixMilliseconds) / 1_000) }
  public init(unixMicroseconds: Int64) { self.init(timeIntervalSince1970: Double(unixMicroseconds) / 1_000_000) }
}
