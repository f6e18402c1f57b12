// Numbers from outside are converted only by the functions of this file, `Duration+Checked.swift` and
// `Date+Checked.swift`. Swift's own conversions and arithmetic end the process for a value that does not fit; these
// never do. `./dev lint` refuses the others.

extension FixedWidthInteger {
  /// The nearest whole number. A value that does not fit becomes the smallest or the largest integer; NaN becomes zero.
  public init(clamping value: Double) {
    self = Self(exactly: value.rounded()) ?? (value.isNaN ? 0 : value < 0 ? .min : .max)
  }

  /// The sum, or the limit that it exceeds.
  public func clampedAdding(_ other: Self) -> Self {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }

  /// The difference, or the limit that it exceeds.
  public func clampedSubtracting(_ other: Self) -> Self {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other < 0 ? .max : .min) : difference
  }

  /// The product, or the limit that it exceeds.
  public func clampedMultiplied(by other: Self) -> Self {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? ((self < 0) == (other < 0) ? .max : .min) : product
  }
}
