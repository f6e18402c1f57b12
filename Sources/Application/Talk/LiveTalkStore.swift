import Domain

/// A talk as the store of live talks knows it. Times are durations; nothing here is a moment of the wall clock.
public struct LiveTalk: Sendable, Equatable {
  public let id: SessionID
  public let user: UserID
  public let state: Meter.State
  /// The last accepted beat.
  public let seq: Int64
  public let remaining: TalkTime
  public let charged: TalkTime
  public let granted: TalkTime
  public let isFinal: Bool
  /// Until the talk ends if nothing is heard.
  public let validFor: TalkTime
  /// How many slices are noted.
  public let slice: Int64
  public let walletVersion: Int64
  public let endReason: EndReason?
  public let forgiven: TalkTime
  public let beats: Int64
  /// Only of a talk that is over.
  public let trace: TalkTrace?

  public init(
    id: SessionID, user: UserID, state: Meter.State, seq: Int64, remaining: TalkTime, charged: TalkTime,
    granted: TalkTime, isFinal: Bool, validFor: TalkTime, slice: Int64, walletVersion: Int64, endReason: EndReason?,
    forgiven: TalkTime, beats: Int64, trace: TalkTrace? = nil
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

  /// Less than half a slice is left, so the next one is due.
  public var wantsSlice: Bool { state == .live && granted - charged < .seconds(30) }
}

public enum LiveTalkError: StableError {
  /// The store cannot be reached: nothing is charged meanwhile.
  case unavailable
  public var code: String { "talks_unavailable" }
}

/// Who beats, and with which token: revocation and limit are decided in the same step as the charge.
public struct Heartbeat: Sendable {
  public let session: SessionID
  public let user: UserID
  public let device: DeviceID
  /// The token's `iat`, in seconds since 1970.
  public let issuedAt: Int64
  public let seq: Int64?

  public init(session: SessionID, user: UserID, device: DeviceID, issuedAt: Int64, seq: Int64?) {
    self.session = session
    self.user = user
    self.device = device
    self.issuedAt = issuedAt
    self.seq = seq
  }
}

public enum HeartbeatResult: Sendable, Equatable {
  case accepted(LiveTalk)
  case ended(LiveTalk)
  case limited
  case notFound
  case revoked
  /// The copy of the revocations is gone and not yet made again: nobody is let in.
  case unknowable
}

public protocol HeartbeatRecorder: Sendable {
  func beat(_ beat: Heartbeat) async throws(LiveTalkError) -> HeartbeatResult
  /// The same without a task that waits.
  /// - Parameter answered: called once, on any thread.
  func beat(_ beat: Heartbeat, answered: @escaping @Sendable (Result<HeartbeatResult, LiveTalkError>) -> Void)
}

extension HeartbeatRecorder {
  public func beat(
    _ beat: Heartbeat, answered: @escaping @Sendable (Result<HeartbeatResult, LiveTalkError>) -> Void
  ) {
    Task {
      do throws(LiveTalkError) {
        answered(.success(try await self.beat(beat)))
      } catch {
        answered(.failure(error))
      }
    }
  }
}

public struct Reservation: Sendable {
  public let session: SessionID
  public let user: UserID
  /// What the wallet's version says is free; an older `wallet.changed` means nothing to this talk.
  public let available: TalkTime
  public let walletVersion: Int64
  public let takeOver: Bool

  public init(session: SessionID, user: UserID, available: TalkTime, walletVersion: Int64, takeOver: Bool) {
    self.session = session
    self.user = user
    self.available = available
    self.walletVersion = walletVersion
    self.takeOver = takeOver
  }
}

public enum ReservationResult: Sendable, Equatable {
  case reserved
  case tookOver(SessionID)
  case alreadyLive(SessionID)
}

/// Live talks: the one place that knows what they have burned.
public protocol LiveTalkStore: HeartbeatRecorder {
  func reserve(_ reservation: Reservation) async throws(LiveTalkError) -> ReservationResult
  /// Takes back a reservation that came to nothing.
  func drop(_ session: SessionID) async throws(LiveTalkError)
  /// Notes what Postgres granted. Nil where the talk is unknown.
  func note(_ grant: SliceGrant, for session: SessionID) async throws(LiveTalkError) -> LiveTalk?
  func read(_ session: SessionID) async throws(LiveTalkError) -> LiveTalk?
  /// Ends the talk now, or says how it ended before.
  /// - Parameter user: nil for whoever's it is; else nil is answered for another's.
  func hangUp(_ session: SessionID, user: UserID?, _ reason: EndReason) async throws(LiveTalkError) -> LiveTalk?
  /// The user's talk that is not over, if any.
  func current(of user: UserID) async throws(LiveTalkError) -> SessionID?
  func walletChanged(_ change: WalletChanged) async throws(LiveTalkError) -> LiveTalk?
  /// The settlement is in the ledger: the talk is kept for an hour more.
  func settled(_ session: SessionID) async throws(LiveTalkError)
}

/// What Postgres answered when a slice was asked for.
public struct SliceGrant: Sendable, Equatable {
  /// All holds of the talk so far.
  public let cumulative: TalkTime
  public let slice: Int64
  public let walletVersion: Int64
  public let available: TalkTime
  /// The last hold took all there was.
  public let isFinal: Bool

  public init(cumulative: TalkTime, slice: Int64, walletVersion: Int64, available: TalkTime, isFinal: Bool) {
    self.cumulative = cumulative
    self.slice = slice
    self.walletVersion = walletVersion
    self.available = available
    self.isFinal = isFinal
  }
}

extension Meter.State {
  /// As the contract spells it.
  public var word: String {
    switch self {
    case .starting: "starting"
    case .live: "live"
    case .ended: "ended"
    }
  }
}
