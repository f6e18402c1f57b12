import Application
import Domain
import FoundationEssentials

extension InMemoryLiveTalkStore: LiveTalkIndex {
  public func page(
    after: SessionID?, limit: Int
  ) async throws(LiveTalkError) -> (items: [ListedLiveTalk], next: SessionID?) {
    try await step(.list) { state in
      func place(_ session: SessionID) -> String { session.shard.tag + session.text }
      let all = state.talks.keys.filter { state.talks[$0]?.meter.state != .ended }.sorted { place($0) < place($1) }
      let found = all.filter { session in after.map { place($0) < place(session) } ?? true }
      let shown = Array(found.prefix(limit))
      return (shown.compactMap { state.listed($0) }, found.count > limit ? shown.last : nil)
    }
  }

  public func count() async throws(LiveTalkError) -> Int {
    try await step(.list) { state in state.talks.values.count { $0.meter.state != .ended } }
  }
}

extension LiveState {
  /// Nil for a talk whose deadline had passed already.
  fileprivate mutating func listed(_ session: SessionID) -> ListedLiveTalk? {
    let talk = read(session)
    guard talk.state != .ended, let kept = talks[session], let clock = clocks[session.shard] else { return nil }
    return ListedLiveTalk(
      talk: talk, silence: kept.firstBeat.map { _ in .milliseconds(clock.now - kept.meter.lastBeat) },
      connectedAt: kept.firstBeat.map { Date(timeIntervalSince1970: Double($0) / 1_000) })
  }
}
