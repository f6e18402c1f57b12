/// What a claim may have taken whose answer was lost: the tasks that a worker has claimed up to a moment and has not in
/// hand. What it claims later is not meant, so that claims may go on while the tasks are looked for.
public struct LostTasks: Sendable, Equatable {
  public let worker: String
  /// What the worker had in hand at that moment.
  public let hand: [TaskClaim]
  /// The moment, by the queue's own count.
  public let until: Int64

  public init(worker: String, hand: [TaskClaim], until: Int64) {
    self.worker = worker
    self.hand = hand
    self.until = until
  }
}

/// A claim has failed, and has certainly taken no task: there is nothing to look for.
public struct TaskClaimNotMade: Error, CustomStringConvertible {
  public let cause: any Error

  public init(_ cause: any Error) { self.cause = cause }

  public var description: String { "\(cause)" }
}
