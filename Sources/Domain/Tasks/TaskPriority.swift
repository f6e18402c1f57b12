/// How the priorities of tasks decide which runs first.
public enum TaskPriority {
  /// One claim in so many takes the tasks that have waited longest, whatever their priority, so that none waits for
  /// ever.
  public static let claimsUntilOneByAge = 8

  /// The priorities that the product uses: background work, erasures, and mails that a person waits for.
  public static let usual = [0, 5, 10]

  /// From this priority on, a task is urgent: a person waits for it.
  public static let urgent = 10

  /// How many of a worker's places only urgent tasks may take. Otherwise a provider that is silent could hold all places
  /// while a password reset is due. A few are enough, because urgent tasks are short; a worker of one to three places
  /// keeps none.
  public static func keptForUrgent(of places: Int) -> Int { min(4, max(places, 0) / 4) }
}
