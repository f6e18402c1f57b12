import Domain

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
