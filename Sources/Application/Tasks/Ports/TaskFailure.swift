import FoundationEssentials

/// An attempt of a task that failed. What waited, or was given back, has not failed.
public struct TaskFailure: Sendable, Equatable {
  /// How many of the first failures of a task are kept, whatever follows.
  public static let firstKept = 20
  /// How many failures are kept: the first ones, and the last ones after them.
  public static let mostKept = 40

  /// From 1. Attempts begin anew with an operator's retry, so that a number may come again.
  public let attempt: Int
  public let code: String
  public let failedAt: Date
  /// From the claim to the end; nil if the worker was lost, because nobody knows when it died.
  public let duration: Duration?
  /// The instance that ran the attempt.
  public let worker: String?

  public init(attempt: Int, code: String, failedAt: Date, duration: Duration?, worker: String?) {
    self.attempt = attempt
    self.code = code
    self.failedAt = failedAt
    self.duration = duration
    self.worker = worker
  }
}

extension [TaskFailure] {
  /// The failures that are kept after another one.
  public func adding(_ failure: TaskFailure) -> [TaskFailure] {
    var kept = self
    if kept.count >= TaskFailure.mostKept { kept.remove(at: TaskFailure.firstKept) }
    kept.append(failure)
    return kept
  }
}
