import Domain

/// Brings a talk's charge into the ledger: once, from whichever side it is asked.
public struct SettleTalk: Sendable {
  private let live: any LiveTalkStore
  private let ledger: any TalkLedger

  public init(live: any LiveTalkStore, ledger: any TalkLedger) {
    self.live = live
    self.ledger = ledger
  }

  /// The settler's way: what Redis said when the talk ended.
  @discardableResult
  public func callAsFunction(_ ended: SessionEnded) async throws(TalkLedgerError) -> SettledTalk {
    let settled = try await ledger.settle(
      Settlement(
        session: ended.sessionID, user: ended.userID, charge: ended.charged, reason: ended.endReason,
        forgiven: ended.forgiven, beats: ended.beats, trace: ended.trace))
    // The key would stay for nothing; that it does is no reason to fail.
    try? await live.settled(ended.sessionID)
    return settled
  }

  /// A talk that Redis says is over.
  public func callAsFunction(_ talk: LiveTalk) async throws(TalkLedgerError) -> SettledTalk? {
    guard talk.state == .ended, let reason = talk.endReason else { return nil }
    return try await self(
      SessionEnded(
        userID: talk.user, sessionID: talk.id, charged: talk.charged, endReason: reason, forgiven: talk.forgiven,
        beats: talk.beats, trace: talk.trace))
  }

  /// A hold that ran out, or the start of another talk, only asks: live → go on; over → settle at Redis's figure; unknown
  /// to Redis → settle at what Postgres was last told; Redis away → wait.
  public func question(_ talk: OverdueTalk) async throws(TalkLedgerError) {
    let found: LiveTalk?
    do { found = try await live.read(talk.session) } catch { throw .unavailable }
    guard let found else {
      _ = try await ledger.settle(
        Settlement(
          session: talk.session, user: talk.user, charge: talk.metered, reason: .lost, forgiven: .zero, beats: 0))
      return
    }
    if try await self(found) == nil { try await ledger.extend(talk.session) }
  }
}
