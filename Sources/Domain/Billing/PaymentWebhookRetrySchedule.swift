/// When a stored webhook of Razorpay is handled.
public enum PaymentWebhookRetrySchedule {
  /// The time for which one instance has a webhook. If the instance is killed, another takes the webhook after this
  /// time.
  public static let claim = Duration.seconds(30)

  /// - Parameter attempt: the number of the failed attempt, counted from 1.
  /// - Returns: the pause until the next attempt. The pause doubles, from 2 s to at most 512 s.
  public static func pause(after attempt: Int) -> Duration { .seconds(1 << min(max(0, attempt), 9)) }
}
