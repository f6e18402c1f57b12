import Domain

/// Those who read the streams, by the names of their groups.
public enum ConsumerGroup: String, Sendable, CaseIterable {
  case tasks = "task"
  case settler = "session.settler"
  case wallets = "session.wallet"
  case accounts = "session.accounts"
  case carePlans = "session.care_plans"

  /// Every group of a context's stream. While one of them does not exist yet, nothing of the stream counts as read by
  /// all: Redis may have lost the group, and what it still has to read stands there.
  public static func readers(of context: EventContext) -> Set<ConsumerGroup> {
    switch context {
    case .identity: [.tasks, .accounts]
    case .billing: [.tasks, .wallets]
    case .talk: [.tasks]
    case .tasks: [.carePlans]
    }
  }
}
