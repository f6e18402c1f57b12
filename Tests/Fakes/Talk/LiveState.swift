import Application
import Domain
import Foundation

/// The data of the store of live talks, and its clocks.
struct LiveState: Sendable {
  struct Kept: Sendable {
    let user: UserID
    var meter: Meter
    var firstBeat: Int64?
    /// The data that is known at the end and does not change any more.
    var atEnd: (forgiven: Int64, trace: TalkBeatSummary)?
    /// The number of published changes, and the outcome of the care plan.
    var changes: Int64 = 0
    var plan: String?
    /// In wall-clock time, as a key's expiry is.
    var forgetAt: Int64?
  }

  var wall: Int64 = 1_700_000_000_000
  var run = 0
  var clocks: [Shard: ShardClock] = [:]
  var talks: [SessionID: Kept] = [:]
  var live: [UserID: SessionID] = [:]
  var ended: [TalkEnded] = []
  var revokedDevices: Set<DeviceID> = []
  /// Tokens issued up to then are revoked, in seconds since 1970.
  var cutoffs: [UserID: Int64] = [:]
  var knowsRevocations = true
  var mishaps: [InMemoryLiveTalkStore.Step: Mishap] = [:]
  var steps: [InMemoryLiveTalkStore.Step] = []
  var ears: [UUID: AsyncStream<TalkBroadcastMessage>.Continuation] = [:]
  /// The oldest first.
  var subscriptions: [UserID: [TalkSubscriptionID]] = [:]

  func isRevoked(_ beat: Heartbeat) -> Bool { isRevoked(beat.user, beat.device, issuedAt: beat.issuedAt) }

  func isRevoked(_ user: UserID, _ device: DeviceID, issuedAt: Int64) -> Bool {
    revokedDevices.contains(device) || cutoffs[user].map { $0 >= issuedAt } == true
  }

  /// Every step begins by reading the clock of its shard.
  @discardableResult
  mutating func look(_ shard: Shard) -> ShardClock {
    var clock = clocks[shard] ?? ShardClock(wall: wall, run: "\(run)")
    clock.look(at: wall)
    clocks[shard] = clock
    return clock
  }

  mutating func tick() {
    for shard in Shard.all {
      look(shard)
      clocks[shard]?.found(run: "\(run)")
    }
    for (session, kept) in talks {
      if kept.forgetAt.map({ $0 <= wall }) == true { talks[session] = nil } else { _ = read(session) }
    }
  }

  /// State and event are written in one step: if the talk is seen as ended, its event exists.
  mutating func change<T>(
    _ session: SessionID, _ body: (inout Meter, ShardClock) -> T
  ) -> (answer: T, talk: LiveTalk) {
    let clock = look(session.shard)
    guard var kept = talks[session] else { preconditionFailure("asked for a talk that is not there") }
    let before = kept.meter
    let wasOver = before.state == .ended
    let answer = body(&kept.meter, clock)
    if before.state == .starting, kept.meter.state == .live { kept.firstBeat = wall }
    if !wasOver, kept.meter.state == .ended {
      kept.atEnd = (clock.skipped - kept.meter.skippedBefore, Self.trace(kept, clock, wall))
    }
    talks[session] = kept
    let talk = Self.talk(session, kept, clock)
    if !wasOver, let reason = talk.endReason {
      if live[kept.user] == session { live[kept.user] = nil }
      ended.append(
        TalkEnded(
          userID: kept.user, sessionID: session, charged: talk.charged, endReason: reason, forgiven: talk.forgiven,
          beats: talk.beats, trace: talk.trace))
    }
    if let change = kept.meter.change(since: before) { tell(session, TalkUpdate.Kind(change)) }
    return (answer, talk)
  }

  mutating func read(_ session: SessionID) -> LiveTalk {
    change(session) { meter, clock in meter.expire(at: clock.now, resumed: clock.resumed) }.talk
  }

  @discardableResult
  mutating func hangUp(_ session: SessionID, _ reason: EndReason) -> LiveTalk {
    change(session) { meter, clock in meter.hangUp(reason, at: clock.now, resumed: clock.resumed) }.talk
  }

  private static func talk(_ session: SessionID, _ kept: Kept, _ clock: ShardClock) -> LiveTalk {
    let meter = kept.meter
    let left = meter.state == .ended ? 0 : max(0, meter.deadline(resumed: clock.resumed).at - clock.now)
    return LiveTalk(
      id: session, user: kept.user, state: meter.state, seq: meter.seq, remaining: .milliseconds(meter.remaining),
      charged: .milliseconds(meter.metered), granted: .milliseconds(meter.granted), isFinal: meter.isFinal,
      validFor: .milliseconds(left), slice: meter.slice, walletVersion: meter.walletVersion, endReason: meter.reason,
      forgiven: .milliseconds(kept.atEnd?.forgiven ?? clock.skipped - meter.skippedBefore), beats: meter.beats,
      trace: kept.atEnd?.trace)
  }

  private static func trace(_ kept: Kept, _ clock: ShardClock, _ wall: Int64) -> TalkBeatSummary {
    let meter = kept.meter
    return TalkBeatSummary(
      firstBeat: kept.firstBeat, lastBeat: kept.firstBeat.map { _ in wall - clock.now + meter.lastBeat },
      chargedToLastBeat: .milliseconds(meter.meteredAtBeat), walletVersion: meter.walletVersion, gaps: meter.gaps)
  }
}

extension TalkUpdate.Kind {
  init(_ change: TalkChangeKind) {
    switch change {
    case .remaining: self = .remaining
    case .low: self = .low
    case .toppedUp: self = .toppedUp
    case .ended: self = .ended
    }
  }
}
