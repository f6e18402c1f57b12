/// When a payment that credits nothing is sent back again after a failed attempt. An attempt fails because Razorpay
/// refuses it, usually for lack of balance, or because the bank does not accept it. Each pause is four times the one
/// before, from 15 seconds up to half a day. After about twelve days an operator has to act.
public enum PaymentReturnSchedule {
  /// The number of attempts before an operator is needed.
  public static let attempts = 30

  /// - Parameter attempt: the number of the attempt that failed; the first is 1.
  /// - Returns: nil after the last attempt.
  public static func pause(after attempt: Int) -> Duration? {
    guard attempt < attempts else { return nil }
    return attempt > 6 ? .seconds(43_200) : .seconds(15 << (2 * (max(1, attempt) - 1)))
  }
}
