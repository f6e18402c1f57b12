import Domain

/// A talk in the store of live talks. All times are durations; none is a moment of the wall clock.
public struct LiveTalk: Sendable, Equatable {
  public let id: SessionID
  public let user: UserID
  public let state: Meter.State
  /// The number of the last accepted beat.
  public let seq: Int64
  public let remaining: TalkTime
  public let charged: TalkTime
  public let granted: TalkTime
  public let isFinal: Bool
  /// The time until the talk ends if no beat arrives.
  public let validFor: TalkTime
  /// The number of slices that are recorded.
  public let slice: Int64
  public let walletVersion: Int64
  public let endReason: EndReason?
  public let forgiven: TalkTime
  public let beats: Int64
  /// Set only for a talk that is over.
  public let trace: TalkBeatSummary?

  public init(
    id: SessionID, user: UserID, state: Meter.State, seq: Int64, remaining: TalkTime, charged: TalkTime,
    granted: TalkTime, isFinal: Bool, validFor: TalkTime, slice: Int64, walletVersion: Int64, endReason: EndReason?,
    forgiven: TalkTime, beats: Int64, trace: TalkBeatSummary? = nil
  ) {
    self.id = id
    self.user = user
    self.state = state
    self.seq = seq
    self.remaining = remaining
    self.charged = charged
    self.granted = granted
    self.isFinal = isFinal
    self.validFor = validFor
    self.slice = slice
    self.walletVersion = walletVersion
    self.endReason = endReason
    self.forgiven = forgiven
    self.beats = beats
    self.trace = trace
  }

  /// Whether the next slice is due: less than `Meter.lowGrant` of the grant is left.
  public var wantsSlice: Bool { state == .live && granted - charged < .milliseconds(Meter.lowGrant) }
}

public enum LiveTalkError: StableError {
  /// The store cannot be reached; nothing is charged in that time.
  case unavailable
  public var code: String { "talks_unavailable" }
}

extension Meter.State {
  /// The state as the contract spells it.
  public var word: String {
    switch self {
    case .starting: "starting"
    case .live: "live"
    case .ended: "ended"
    }
  }
}
