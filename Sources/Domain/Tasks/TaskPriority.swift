/// How the priorities of tasks decide which runs first.
public enum TaskPriority {
  /// One claim in so many takes the tasks that have waited longest, whatever their priority, so that none waits for
  /// ever.
  public static let claimsUntilOneByAge = 8

  /// The priorities that the product uses: background work, erasures, and mails that a person waits for.
  public static let usual = [0, 5, 10]
}
