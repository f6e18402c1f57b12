/// How many days an operator wants some rows to be kept.
public struct RetentionDays: Sendable, Equatable {
  /// Care plans, after they were written; 0 keeps them until their owner deletes them.
  public let plans: Int
  /// The record of the events that were handled. An event can be delivered again for 28 days: it lies in a stream,
  /// among the dead letters, and in a stream again.
  public let inbox: Int

  /// The days that an inbox may be kept.
  public static let inboxRange = 29...3_650

  public init(plans: Int = 365, inbox: Int = 30) {
    self.plans = plans
    self.inbox = inbox
  }
}
