import Application
import Domain
import FoundationEssentials
import Synchronization

/// Webhooks in memory: kept once, leased for half a minute, fenced by the attempt.
public final class InMemoryPaymentWebhookInbox: PaymentWebhookInbox {
  public struct Row: Sendable {
    public let eventID: String
    public let body: [UInt8]
    let subject: String?
    var queue = PaymentWebhookLane.unasked
    var isClaimed = false
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

  public func keep(_ body: [UInt8], eventID: String, subject: String?) async throws(BillingError) {
    let now = clock.now()
    kept.withLock { rows in
      guard !rows.contains(where: { $0.eventID == eventID }) else { return }
      rows.append(Row(eventID: eventID, body: body, subject: subject, runAt: now))
    }
  }

  public func take(_ limit: Int, from queue: PaymentWebhookLane) async throws(BillingError) -> [StoredWebhook] {
    let now = clock.now()
    return kept.withLock { rows in
      var busy = Set(rows.filter { $0.isClaimed && $0.runAt > now }.compactMap(\.subject))
      var taken: [StoredWebhook] = []
      let due = rows.indices.filter { !rows[$0].isDone && rows[$0].queue == queue && rows[$0].runAt <= now }
      for index in due.sorted(by: { rows[$0].runAt < rows[$1].runAt }) where taken.count < limit {
        if let subject = rows[index].subject, !busy.insert(subject).inserted { continue }
        rows[index].attempts += 1
        rows[index].isClaimed = true
        rows[index].runAt = now + PaymentWebhookRetrySchedule.claim.seconds
        taken.append(
          StoredWebhook(eventID: rows[index].eventID, body: rows[index].body, attempt: rows[index].attempts))
      }
      return taken
    }
  }

  public func pass(_ webhook: StoredWebhook, type: String) async throws(BillingError) {
    let now = clock.now()
    kept.withLock { rows in
      guard let index = Self.index(of: webhook, in: rows), !rows[index].isDone else { return }
      rows[index].type = type
      rows[index].queue = .asking
      rows[index].isClaimed = false
      rows[index].runAt = now
    }
  }

  private static func index(of webhook: StoredWebhook, in rows: [Row]) -> Int? {
    rows.firstIndex { $0.eventID == webhook.eventID && $0.attempts == webhook.attempt }
  }

  public func finish(
    _ webhook: StoredWebhook, type: String?, outcome: PaymentWebhookOutcome?
  ) async throws(BillingError) {
    let next = clock.now() + PaymentWebhookRetrySchedule.pause(after: webhook.attempt).seconds
    kept.withLock { rows in
      guard let index = Self.index(of: webhook, in: rows) else { return }
      rows[index].type = type ?? rows[index].type
      rows[index].outcome = outcome?.rawValue
      rows[index].isDone = outcome != nil
      rows[index].isClaimed = false
      rows[index].runAt = next
    }
  }
}

extension PaymentWebhookInbox {
  /// A webhook whose subject no other webhook has.
  public func keep(_ body: [UInt8], eventID: String) async throws(BillingError) {
    try await keep(body, eventID: eventID, subject: nil)
  }

  /// The next webhook that is due, of either queue.
  public func next() async throws(BillingError) -> StoredWebhook? {
    for queue in PaymentWebhookLane.allCases {
      if let webhook = try await take(1, from: queue).first { return webhook }
    }
    return nil
  }
}
