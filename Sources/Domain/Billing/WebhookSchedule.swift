/// When a stored webhook of Razorpay is worked on.
public enum WebhookSchedule {
  /// So long an instance has one; if it is killed, another takes it over then.
  public static let claim = Duration.seconds(30)

  /// - Parameter attempt: the number of the one that has failed, counted from 1.
  /// - Returns: until the next one, which doubles: 2 s at first, and 512 s at most.
  public static func pause(after attempt: Int) -> Duration { .seconds(1 << min(max(0, attempt), 9)) }
}
