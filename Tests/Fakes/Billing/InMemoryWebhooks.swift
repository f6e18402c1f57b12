import Application
import FoundationEssentials
import Synchronization

/// Webhooks in memory: kept once, leased for half a minute, fenced by the attempt.
public final class InMemoryWebhooks: KeepsWebhooks {
  public struct Row: Sendable {
    public let eventID: String
    public let body: [UInt8]
    public var type: String?
    public var outcome: String?
    public var attempts = 0
    public var isDone = false
    var runAt: Date
  }

  private let clock: FakeClock
  private let kept = Mutex<[Row]>([])

  public init(clock: FakeClock = FakeClock()) { self.clock = clock }

  public func row(_ eventID: String) -> Row? { kept.withLock { $0.first { $0.eventID == eventID } } }

  public func keep(_ body: [UInt8], eventID: String) async throws(BillingError) {
    let now = clock.now()
    kept.withLock { rows in
      guard !rows.contains(where: { $0.eventID == eventID }) else { return }
      rows.append(Row(eventID: eventID, body: body, runAt: now))
    }
  }

  public func next() async throws(BillingError) -> StoredWebhook? {
    let now = clock.now()
    return kept.withLock { rows in
      let due = rows.indices.filter { !rows[$0].isDone && rows[$0].runAt <= now }
      guard let index = due.min(by: { rows[$0].runAt < rows[$1].runAt }) else { return nil }
      rows[index].attempts += 1
      rows[index].runAt = now + 30
      return StoredWebhook(eventID: rows[index].eventID, body: rows[index].body, attempt: rows[index].attempts)
    }
  }

  public func finish(_ webhook: StoredWebhook, type: String?, outcome: String?) async throws(BillingError) {
    let next = clock.now() + Double(min(600, 1 << min(webhook.attempt, 9)))
    kept.withLock { rows in
      guard let index = rows.firstIndex(where: { $0.eventID == webhook.eventID && $0.attempts == webhook.attempt })
      else { return }
      rows[index].type = type ?? rows[index].type
      rows[index].outcome = outcome
      rows[index].isDone = outcome != nil
      rows[index].runAt = next
    }
  }
}
