import Domain

/// Writes a talk's charge to the ledger, once, however many callers ask for it.
public struct SettleTalk: Sendable {
  private let live: any LiveTalkStore
  private let ledger: any TalkLedger

  public init(live: any LiveTalkStore, ledger: any TalkLedger) {
    self.live = live
    self.ledger = ledger
  }

  /// Settles by the event that Redis recorded when the talk ended. The settler uses this.
  @discardableResult
  public func callAsFunction(_ ended: TalkEnded) async throws(TalkLedgerError) -> SettledTalk {
    let settled = try await ledger.settle(
      TalkClosing(
        session: ended.sessionID, user: ended.userID, charge: ended.charged, reason: ended.endReason,
        forgiven: ended.forgiven, beats: ended.beats, trace: ended.trace))
    // The talk's key would only stay longer in Redis, which is no reason to fail.
    try? await live.settled(ended.sessionID)
    return settled
  }

  /// Settles a talk that Redis reports as over.
  public func callAsFunction(_ talk: LiveTalk) async throws(TalkLedgerError) -> SettledTalk? {
    guard talk.state == .ended, let reason = talk.endReason else { return nil }
    return try await self(
      TalkEnded(
        userID: talk.user, sessionID: talk.id, charged: talk.charged, endReason: reason, forgiven: talk.forgiven,
        beats: talk.beats, trace: talk.trace))
  }

  /// Checks a talk whose hold has expired, or whose user starts another talk. If it is live, it goes on. If it is over,
  /// it is settled at Redis's figure. If Redis does not know it, it is settled at the last figure that Postgres
  /// recorded. If Redis cannot be reached, the check waits.
  public func question(_ talk: UnsettledTalk) async throws(TalkLedgerError) {
    let found: LiveTalk?
    do { found = try await live.read(talk.session) } catch { throw .unavailable }
    guard let found else {
      _ = try await ledger.settle(
        TalkClosing(
          session: talk.session, user: talk.user, charge: talk.metered, reason: .lost, forgiven: .zero, beats: 0))
      return
    }
    if try await self(found) == nil { try await ledger.extend(talk.session) }
  }
}
