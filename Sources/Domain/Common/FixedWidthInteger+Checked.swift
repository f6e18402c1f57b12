// Here and in `Duration+Checked.swift` and `Date+Checked.swift` stands the one way from outside numbers into ours. Swift's own
// conversions and arithmetic end the process for a value that does not fit. None of these can, and `./dev lint` refuses the
// others.

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
