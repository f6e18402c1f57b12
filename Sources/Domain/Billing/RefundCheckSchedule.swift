/// When Razorpay is asked about a refund that is not over.
public enum RefundCheckSchedule {
  /// The time from the row to a worker's first request. The process that wrote the row asks Razorpay at once; the
  /// worker asks only if that did not happen.
  public static let first = Duration.seconds(30)
  /// The time after which a worker asks about a refund that Razorpay has, if its webhook does not arrive.
  public static let pending = Duration.seconds(3_600)
  private static let longest = Duration.seconds(3_600)

  /// - Parameter asked: how often a worker claimed the refund before; zero at first.
  /// - Returns: the pause until another worker may claim it.
  public static func pause(after asked: Int) -> Duration { min(first * (1 << min(max(0, asked), 10)), longest) }

  /// `pause(after:)` of 0, 1, 2 and so on; the last value repeats without end.
  public static let pauses = (0...10).map(pause)
}
