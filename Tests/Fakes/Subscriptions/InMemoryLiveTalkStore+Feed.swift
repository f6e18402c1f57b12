import Application
import Domain
import Foundation

extension InMemoryLiveTalkStore: TalkFeed {
  public func listen(_ heard: @escaping @Sendable (TalkBroadcastMessage) async -> Void) async {
    let (words, ear) = AsyncStream.makeStream(of: TalkBroadcastMessage.self)
    let name = UUID()
    state.withLock { $0.ears[name] = ear }
    await heard(.begins)
    for await message in words { await heard(message) }
    state.withLock { $0.ears[name] = nil }
  }

  /// Loses the connections of all listeners.
  public func deafen() {
    let ears = state.withLock { state in
      defer { state.ears = [:] }
      return state.ears
    }
    for ear in ears.values { ear.finish() }
  }

  /// The number of a user's subscriptions.
  public func subscriptions(of user: UserID) -> Int { state.withLock { $0.subscriptions[user]?.count ?? 0 } }

  /// The number of listeners.
  public var listeners: Int { state.withLock { $0.ears.count } }

  public func join(_ request: TalkSubscriptionRequest, as subscription: TalkSubscriptionID)
    async throws(TalkSubscriptionError)
    -> TalkUpdate
  {
    try await stand(of: request, subscription)
  }

  public func look(_ request: TalkSubscriptionRequest) async throws(TalkSubscriptionError) -> TalkUpdate {
    try await stand(of: request, nil)
  }

  public func leave(_ request: TalkSubscriptionRequest, as subscription: TalkSubscriptionID) async {
    state.withLock { $0.subscriptions[request.user]?.removeAll { $0 == subscription } }
  }

  private func stand(of request: TalkSubscriptionRequest, _ subscription: TalkSubscriptionID?)
    async throws(TalkSubscriptionError)
    -> TalkUpdate
  {
    let found: Result<TalkUpdate, TalkSubscriptionError>
    do {
      found = try await step(.look) { $0.stand(of: request, subscription) }
    } catch { throw .unavailable }
    return try found.get()
  }
}

extension InMemoryLiveTalkStore: CarePlanSubscriberNotifier {
  public func carePlan(_ status: String, of session: SessionID) async throws(LiveTalkError) {
    try await step(.carePlan) { state in
      guard let kept = state.talks[session], CarePlanResult.isNews(status, after: kept.plan) else { return }
      state.talks[session]?.plan = status
      state.tell(session, .carePlan)
    }
  }
}

extension LiveState {
  fileprivate mutating func stand(
    of request: TalkSubscriptionRequest, _ subscription: TalkSubscriptionID?
  ) -> Result<TalkUpdate, TalkSubscriptionError> {
    guard knowsRevocations else { return .failure(.unavailable) }
    if isRevoked(request.user, request.device, issuedAt: request.issuedAt) { return .failure(.revoked) }
    guard talks[request.session]?.user == request.user else { return .failure(.notFound) }
    if let subscription { crowd(request, subscription) }
    let talk = read(request.session)
    guard let kept = talks[request.session] else { return .failure(.notFound) }
    return .success(
      TalkUpdate(
        kind: talk.state == .ended ? .ended : .remaining, version: kept.changes, session: talk.id, user: talk.user,
        state: talk.state, remaining: talk.remaining, charged: talk.charged, endReason: talk.endReason,
        carePlan: kept.plan))
  }

  private mutating func crowd(_ request: TalkSubscriptionRequest, _ subscription: TalkSubscriptionID) {
    var crowd = subscriptions[request.user, default: []]
    crowd.removeAll { $0 == request.instead }
    crowd.append(subscription)
    while crowd.count > TalkSubscriptionRequest.most { say(.replaced(crowd.removeFirst())) }
    subscriptions[request.user] = crowd
  }

  mutating func tell(_ session: SessionID, _ kind: TalkUpdate.Kind) {
    guard var kept = talks[session] else { return }
    kept.changes += 1
    talks[session] = kept
    let meter = kept.meter
    say(
      .change(
        TalkUpdate(
          kind: kind, version: kept.changes, session: session, user: kept.user, state: meter.state,
          remaining: .milliseconds(meter.remaining), charged: .milliseconds(meter.metered), endReason: meter.reason,
          carePlan: kind == .carePlan ? kept.plan : nil)))
  }

  func say(_ message: TalkBroadcastMessage) { for ear in ears.values { ear.yield(message) } }
}
