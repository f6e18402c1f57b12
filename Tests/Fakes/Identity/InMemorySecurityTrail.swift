import Application
import Domain
import FoundationEssentials
import Synchronization

/// A trail in memory, to which only tests write.
public final class InMemorySecurityTrail: SecurityTrailReader {
  private let events = Mutex<[(user: UserID, event: SecurityEvent)]>([])

  public init() {}

  public func append(_ kind: String, of user: UserID, at: Date = Date(timeIntervalSince1970: 1_795_500_000)) {
    events.withLock { events in
      let number = Int64(events.count + 1)
      events.append(
        (user, SecurityEvent(number: number, at: at, kind: kind, network: nil, device: nil, detail: nil)))
    }
  }

  public func events(
    of user: UserID, before number: Int64?, limit: Int
  ) async throws(IdentityError) -> [SecurityEvent] {
    events.withLock { events in
      Array(
        events.filter { $0.user == user && $0.event.number < number ?? .max }.map(\.event).reversed().prefix(limit))
    }
  }
}
