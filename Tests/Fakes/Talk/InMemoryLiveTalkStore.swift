import Application
import Domain
import Synchronization

/// Live talks in memory, over the pure rule and a clock that the test controls. Each call is atomic, as a script is.
public final class InMemoryLiveTalkStore: LiveTalkStore {
  public enum Step: Sendable {
    case beat, reserve, drop, note, read, hangUp, current, walletChanged, settled, list, look, carePlan
  }

  private let grace: Int64
  private let longest: Int64
  private let limit: BeatRateLimit
  let state = Mutex(LiveState())

  public init(
    grace: TalkTime = .seconds(30), longest: TalkTime = .minutes(60),
    limit: BeatRateLimit = BeatRateLimit(interval: 0, burst: 1)
  ) {
    self.grace = grace.milliseconds
    self.longest = longest.milliseconds
    self.limit = limit
  }

  public func beat(_ beat: Heartbeat) async throws(LiveTalkError) -> HeartbeatResult {
    let limit = limit
    return try await step(.beat) { state in
      guard state.knowsRevocations else { return .unknowable }
      if state.isRevoked(beat) { return .revoked }
      guard state.talks[beat.session]?.user == beat.user else { return .notFound }
      let (verdict, talk) = state.change(beat.session) { meter, clock in
        meter.beat(seq: beat.seq, at: clock.now, resumed: clock.resumed, limit: limit)
      }
      switch verdict {
      case .accepted, .repeated: return .accepted(talk)
      case .limited: return .limited
      case .ended: return .ended(talk)
      }
    }
  }

  public func reserve(_ reservation: LiveTalkReservation) async throws(LiveTalkError) -> LiveTalkReservationResult {
    let (grace, longest) = (grace, longest)
    return try await step(.reserve) { state in
      let clock = state.look(reservation.session.shard)
      var answer = LiveTalkReservationResult.reserved
      if let other = state.live[reservation.user], state.read(other).state != .ended {
        guard reservation.takeOver else { return .alreadyLive(other) }
        state.hangUp(other, .takenOver)
        answer = .tookOver(other)
      }
      state.live[reservation.user] = reservation.session
      state.talks[reservation.session] = LiveState.Kept(
        user: reservation.user,
        meter: Meter(
          reservedAt: clock.now, available: reservation.available.milliseconds,
          walletVersion: reservation.walletVersion, grace: grace, longest: longest, skippedBefore: clock.skipped))
      return answer
    }
  }

  public func drop(_ session: SessionID) async throws(LiveTalkError) {
    try await step(.drop) { state in
      guard let kept = state.talks[session], kept.meter.state == .starting else { return }
      state.talks[session] = nil
      if state.live[kept.user] == session { state.live[kept.user] = nil }
    }
  }

  public func note(_ grant: SliceGrant, for session: SessionID) async throws(LiveTalkError) -> LiveTalk? {
    try await step(.note) { state in
      guard state.talks[session] != nil else { return nil }
      return state.change(session) { meter, clock in
        meter.grant(
          grant.cumulative.milliseconds, slice: grant.slice, version: grant.walletVersion,
          available: grant.available.milliseconds, isFinal: grant.isFinal, at: clock.now, resumed: clock.resumed)
      }.talk
    }
  }

  public func read(_ session: SessionID) async throws(LiveTalkError) -> LiveTalk? {
    try await step(.read) { state in state.talks[session] == nil ? nil : state.read(session) }
  }

  public func hangUp(
    _ session: SessionID, user: UserID?, _ reason: EndReason
  ) async throws(LiveTalkError) -> LiveTalk? {
    try await step(.hangUp) { state in
      guard let kept = state.talks[session], user == nil || kept.user == user else { return nil }
      return state.hangUp(session, reason)
    }
  }

  public func current(of user: UserID) async throws(LiveTalkError) -> SessionID? {
    try await step(.current) { state in state.live[user] }
  }

  public func walletChanged(_ change: WalletChanged) async throws(LiveTalkError) -> LiveTalk? {
    try await step(.walletChanged) { state in
      guard let session = state.live[change.userID] else { return nil }
      return state.change(session) { meter, clock in
        if change.frozen, change.version > meter.walletVersion {
          meter.hangUp(.frozen, at: clock.now, resumed: clock.resumed)
        } else {
          meter.walletChanged(
            version: change.version, available: change.available.milliseconds, at: clock.now, resumed: clock.resumed)
        }
      }.talk
    }
  }

  public func settled(_ session: SessionID) async throws(LiveTalkError) {
    try await step(.settled) { state in state.talks[session]?.forgetAt = state.wall + 3_600_000 }
  }

  func step<T: Sendable>(
    _ step: Step, _ body: @Sendable (inout LiveState) -> T
  ) async throws(LiveTalkError) -> T {
    let mishap = state.withLock { $0.mishaps[step] }
    if mishap == .hangs { try? await Task.sleep(for: .seconds(3_600)) }
    if mishap == .hangsOn { await Mishap.hangOn { state.withLock { $0.mishaps[step] == .hangsOn } } }
    if mishap == .hangs || mishap == .hangsOn || mishap == .fails { throw .unavailable }
    let answer = state.withLock { state in
      state.steps.append(step)
      return body(&state)
    }
    if mishap == .losesAnswer { throw .unavailable }
    return answer
  }
}
