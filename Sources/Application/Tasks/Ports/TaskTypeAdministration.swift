import Domain
import FoundationEssentials

/// A type of task as an operator sees it.
public struct TaskTypeReport: Sendable, Equatable {
  /// Since when and why no task of the type begins.
  public struct Pause: Sendable, Equatable {
    public let since: Date
    public let reason: String
    /// The operator's user id, or `cli:` and a name.
    public let actor: String

    public init(since: Date, reason: String, actor: String) {
      self.since = since
      self.reason = reason
      self.actor = actor
    }
  }

  public let type: TaskType
  public let pause: Pause?
  public let limits: TaskTypeLimits
  /// How many tasks wait or are due; nil if there are too many to be counted soon.
  public let pending: Int?
  /// Nil if `pending` is.
  public let running: Int?

  public init(type: TaskType, pause: Pause?, limits: TaskTypeLimits, pending: Int?, running: Int?) {
    self.type = type
    self.pause = pause
    self.limits = limits
    self.pending = pending
    self.running = running
  }
}

/// An operator's decisions about types of tasks. They apply to the next claim of every worker. Each is recorded in the
/// audit log.
public protocol TaskTypeAdministration: Sendable {
  /// Every type that this build knows, in their order.
  func types() async throws -> [TaskTypeReport]
  /// No task of the type begins any more. What runs goes on. A second pause replaces the reason.
  func pause(_ type: TaskType, reason: Reason, actor: String) async throws
  func resume(_ type: TaskType, reason: Reason, actor: String) async throws
  /// Replaces both limits. A higher rate than before begins anew. What runs already is not counted against a limit that
  /// the type did not have before.
  func limit(_ type: TaskType, to limits: TaskTypeLimits, reason: Reason, actor: String) async throws
}
