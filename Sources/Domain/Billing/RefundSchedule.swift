/// When Razorpay is asked about a refund that is not over.
public enum RefundSchedule {
  /// From its row to the first question of a worker: the process that wrote the row asks at once, and a worker does when
  /// that has not happened soon.
  public static let first = Duration.seconds(30)
  /// Razorpay has it: its webhook is awaited, and a worker asks when none comes.
  public static let pending = Duration.seconds(3_600)
  private static let longest = Duration.seconds(3_600)

  /// - Parameter asked: how often a worker took it before; zero at first.
  /// - Returns: until another worker may take it.
  public static func pause(after asked: Int) -> Duration { min(first * (1 << min(max(0, asked), 10)), longest) }

  /// `pause(after:)` of 0, 1, 2 and so on; the last one repeats for ever.
  public static let pauses = (0...10).map(pause)
}
