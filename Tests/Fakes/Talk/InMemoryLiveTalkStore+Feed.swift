import Application
import Domain
import Foundation

extension InMemoryLiveTalkStore: FeedsTalks {
  public func listen(_ heard: @escaping @Sendable (TalkWord) async -> Void) async {
    let (words, ear) = AsyncStream.makeStream(of: TalkWord.self)
    let name = UUID()
    state.withLock { $0.ears[name] = ear }
    await heard(.begins)
    for await word in words { await heard(word) }
    state.withLock { $0.ears[name] = nil }
  }

  /// The connections of those who listen are lost.
  public func deafen() {
    let ears = state.withLock { state in
      defer { state.ears = [:] }
      return state.ears
    }
    for ear in ears.values { ear.finish() }
  }

  /// How many watchers of a user are counted.
  public func watchers(of user: UserID) -> Int { state.withLock { $0.watchers[user]?.count ?? 0 } }

  /// How many listen.
  public var listeners: Int { state.withLock { $0.ears.count } }

  public func join(_ watch: TalkWatch, as watcher: WatcherID) async throws(WatchTalkError) -> TalkChange {
    try await stand(of: watch, watcher)
  }

  public func look(_ watch: TalkWatch) async throws(WatchTalkError) -> TalkChange { try await stand(of: watch, nil) }

  public func leave(_ watch: TalkWatch, as watcher: WatcherID) async {
    state.withLock { $0.watchers[watch.user]?.removeAll { $0 == watcher } }
  }

  private func stand(of watch: TalkWatch, _ watcher: WatcherID?) async throws(WatchTalkError) -> TalkChange {
    let found: Result<TalkChange, WatchTalkError>
    do {
      found = try await step(.look) { $0.stand(of: watch, watcher) }
    } catch { throw .unavailable }
    return try found.get()
  }
}

extension InMemoryLiveTalkStore: NotesCarePlans {
  public func carePlan(_ status: String, of session: SessionID) async throws(LiveTalkError) {
    try await step(.carePlan) { state in
      guard let kept = state.talks[session], kept.plan == nil else { return }
      state.talks[session]?.plan = status
      state.tell(session, .carePlan)
    }
  }
}

extension LiveState {
  fileprivate mutating func stand(
    of watch: TalkWatch, _ watcher: WatcherID?
  ) -> Result<TalkChange, WatchTalkError> {
    guard knowsRevocations else { return .failure(.unavailable) }
    if isRevoked(watch.user, watch.device, issuedAt: watch.issuedAt) { return .failure(.revoked) }
    guard talks[watch.session]?.user == watch.user else { return .failure(.notFound) }
    if let watcher { crowd(watch, watcher) }
    let talk = read(watch.session)
    guard let kept = talks[watch.session] else { return .failure(.notFound) }
    return .success(
      TalkChange(
        kind: talk.state == .ended ? .ended : .remaining, version: kept.changes, session: talk.id, user: talk.user,
        state: talk.state, remaining: talk.remaining, charged: talk.charged, endReason: talk.endReason,
        carePlan: kept.plan))
  }

  private mutating func crowd(_ watch: TalkWatch, _ watcher: WatcherID) {
    var crowd = watchers[watch.user, default: []]
    crowd.removeAll { $0 == watch.instead }
    crowd.append(watcher)
    while crowd.count > TalkWatch.most { say(.replaced(crowd.removeFirst())) }
    watchers[watch.user] = crowd
  }

  mutating func tell(_ session: SessionID, _ kind: TalkChange.Kind) {
    guard var kept = talks[session] else { return }
    kept.changes += 1
    talks[session] = kept
    let meter = kept.meter
    say(
      .change(
        TalkChange(
          kind: kind, version: kept.changes, session: session, user: kept.user, state: meter.state,
          remaining: .milliseconds(meter.remaining), charged: .milliseconds(meter.metered), endReason: meter.reason,
          carePlan: kind == .carePlan ? kept.plan : nil)))
  }

  func say(_ word: TalkWord) { for ear in ears.values { ear.yield(word) } }
}
