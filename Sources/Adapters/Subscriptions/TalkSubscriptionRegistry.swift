import Application
import Domain
import FoundationEssentials

/// The subscriptions of one instance, and what was delivered to each. It has no store and no clock of its own.
struct TalkSubscriptionRegistry {
  private var talks: [TalkSubscriptionID: SessionID] = [:]
  private var subscriptions: [SessionID: [TalkSubscriptionID: TalkSubscription]] = [:]

  var count: Int { talks.count }

  var all: [(id: TalkSubscriptionID, request: TalkSubscriptionRequest)] {
    subscriptions.values.flatMap { crowd in crowd.map { (id: $0.key, request: $0.value.request) } }
  }

  mutating func add(_ subscription: TalkSubscription, _ id: TalkSubscriptionID) {
    talks[id] = subscription.request.session
    subscriptions[subscription.request.session, default: [:]][id] = subscription
  }

  mutating func remove(_ id: TalkSubscriptionID) {
    guard let session = talks.removeValue(forKey: id) else { return }
    subscriptions[session]?[id] = nil
    if subscriptions[session]?.isEmpty == true { subscriptions[session] = nil }
  }

  /// Whether the talk's state was delivered to the subscription; also true for one that is already removed.
  func hasBegun(_ id: TalkSubscriptionID) -> Bool {
    guard let session = talks[id] else { return true }
    return subscriptions[session]?[id]?.hasBegun ?? true
  }

  /// The last read of the store failed.
  mutating func lookAgain(at id: TalkSubscriptionID) { update(id) { $0.lookAgain() } }

  mutating func begin(_ id: TalkSubscriptionID, with found: TalkUpdate, at now: Date) {
    update(id) { $0.begin(with: found, at: now) }
  }

  mutating func refresh(_ id: TalkSubscriptionID, with found: TalkUpdate, at now: Date) {
    update(id) { $0.refresh(with: found, at: now) }
  }

  mutating func tell(_ change: TalkUpdate, at now: Date) {
    guard let crowd = subscriptions[change.session] else { return }
    for id in crowd.keys { update(id) { $0.hear(change, at: now) } }
  }

  mutating func revoke(_ user: UserID, _ device: DeviceID?, upTo second: Int64) {
    for (id, request) in all where request.user == user {
      if device == request.device || (device == nil && request.issuedAt <= second) { end(id, with: .revoked) }
    }
  }

  /// - Returns: the subscriptions for which the store must be asked for the talk's state.
  mutating func due(at now: Date) -> [(id: TalkSubscriptionID, request: TalkSubscriptionRequest)] {
    var due: [(id: TalkSubscriptionID, request: TalkSubscriptionRequest)] = []
    for (id, request) in all {
      update(id) { subscription in
        if subscription.isDue(at: now) { due.append((id, request)) }
      }
    }
    return due
  }

  /// - Parameter last: the last event to deliver; nil for none.
  mutating func end(_ id: TalkSubscriptionID, with last: TalkSubscriptionEvent?) {
    update(id) { $0.end(with: last) }
  }

  mutating func endAll(with last: TalkSubscriptionEvent) { for (id, _) in all { end(id, with: last) } }

  /// Removes a subscription that is over.
  private mutating func update(_ id: TalkSubscriptionID, _ body: (inout TalkSubscription) -> Void) {
    guard let session = talks[id], var subscription = subscriptions[session]?[id] else { return }
    body(&subscription)
    if subscription.isOver { remove(id) } else { subscriptions[session]?[id] = subscription }
  }
}
