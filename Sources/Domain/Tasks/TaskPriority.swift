/// How priorities of tasks compare with waiting.
public enum TaskPriority {
  /// A point of priority counts as much as waiting for this many seconds, so that a task of a low priority waits for a
  /// limited time only.
  public static let secondsAPoint = 6

  /// The priorities that the product uses: background work, erasures, and mails that a person waits for.
  public static let usual = [0, 5, 10]
}
