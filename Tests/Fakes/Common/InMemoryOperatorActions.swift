import Application
import FoundationEssentials
import Synchronization

/// An audit log in memory, to which only tests write.
public final class InMemoryOperatorActions: OperatorActionReader {
  private let noted = Mutex<[NotedOperatorAction]>([])

  public init() {}

  public func note(_ action: String, by actor: String, on subject: String, reason: String? = nil) {
    noted.withLock { noted in
      noted.append(
        NotedOperatorAction(
          number: Int64(noted.count + 1), actor: actor, action: action, subject: subject, reason: reason, details: nil,
          at: Date(timeIntervalSince1970: 1_795_500_000)))
    }
  }

  public func actions(
    by actor: String?, on subject: String?, before number: Int64?, limit: Int
  ) async throws(BillingError) -> [NotedOperatorAction] {
    noted.withLock { noted in
      let found = noted.reversed().filter { action in
        action.number < number ?? .max && (actor == nil || action.actor == actor)
          && (subject == nil || action.subject == subject)
      }
      return Array(found.prefix(limit))
    }
  }
}
