/// When a payment that credits nothing is sent back again after an attempt has failed: Razorpay refused it, for want of
/// balance as a rule, or the bank did not take it. The pauses grow fourfold from 15 seconds to half a day. After some
/// twelve days an operator has to look at it.
public enum ReturnSchedule {
  /// How many attempts are made before an operator is needed.
  public static let attempts = 30

  /// - Parameter attempt: the number of the one that has failed; the first is 1.
  /// - Returns: nil after the last.
  public static func pause(after attempt: Int) -> Duration? {
    guard attempt < attempts else { return nil }
    return attempt > 6 ? .seconds(43_200) : .seconds(15 << (2 * (max(1, attempt) - 1)))
  }
}
