extension TaskWorker {
  /// How a worker works.
  public struct Limits: Sendable {
    /// How many tasks run at once. A task keeps its place until its end is written. A few places are kept for urgent
    /// tasks (`TaskPriority.keptForUrgent`).
    public var concurrency: Int
    /// The most tasks of one claim, and of one write of their ends.
    public var batch: Int
    public var lease: Duration
    /// The pause between two looks at the queue, and between two tries after an error.
    public var poll: Duration
    /// How long an end waits for the ends of other tasks that run, to be written with them.
    public var linger: Duration
    /// How long a handler may take. It is then cancelled, and after `grace` its attempt counts as failed.
    public var longestRun: Duration
    public var grace: Duration
    /// How often a task may lose its worker before it has failed: it may be what kills them.
    public var maximumLosses: Int

    public init(
      concurrency: Int, batch: Int = 1_000, lease: Duration = .seconds(30), poll: Duration = .seconds(1),
      linger: Duration = .milliseconds(2), longestRun: Duration = .seconds(600), grace: Duration = .seconds(10),
      maximumLosses: Int = 10
    ) {
      self.concurrency = concurrency
      self.batch = batch
      self.lease = lease
      self.poll = poll
      self.linger = linger
      self.longestRun = longestRun
      self.grace = grace
      self.maximumLosses = maximumLosses
    }

    /// From how many waiting ends on a second writer takes them while the first one writes: a batch, or half the places.
    /// Fewer than eight are left to one write.
    var secondWriterFrom: Int { min(batch, max(concurrency / 2, 8)) }
  }
}
