import Domain

/// The consumers of the event streams, by the names of their groups.
public enum ConsumerGroupName: String, Sendable, CaseIterable {
  case tasks = "task"
  case settler = "session.settler"
  case wallets = "session.wallet"
  case accounts = "session.accounts"
  case carePlans = "session.care_plans"
  case buyers = "billing.accounts"

  /// Every group that reads a context's stream. While one of them does not exist, no entry counts as read by all: Redis
  /// may have lost the group, which still has to read the entries.
  public static func readers(of context: BoundedContext) -> Set<ConsumerGroupName> {
    switch context {
    case .identity: [.tasks, .accounts, .buyers]
    case .billing: [.tasks, .wallets]
    case .talk: [.tasks]
    case .tasks: [.carePlans]
    }
  }
}
