import Domain

public struct LiveTalkReservation: Sendable {
  public let session: SessionID
  public let user: UserID
  /// The available talk time at the wallet's version. An older `wallet.changed` has no effect on this talk.
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

public enum LiveTalkReservationResult: Sendable, Equatable {
  case reserved
  case tookOver(SessionID)
  case alreadyLive(SessionID)
}

/// The live talks. Only this store knows what they have used up.
public protocol LiveTalkStore: HeartbeatCharger {
  func reserve(_ reservation: LiveTalkReservation) async throws(LiveTalkError) -> LiveTalkReservationResult
  /// Removes a reservation whose talk did not start.
  func drop(_ session: SessionID) async throws(LiveTalkError)
  /// Records what Postgres granted. Nil if the talk is unknown.
  func note(_ grant: SliceGrant, for session: SessionID) async throws(LiveTalkError) -> LiveTalk?
  func read(_ session: SessionID) async throws(LiveTalkError) -> LiveTalk?
  /// Ends the talk now, or reports how it ended before.
  /// - Parameter user: the talk's owner; nil for a talk of any user. The result is nil if the talk belongs to another
  ///   user.
  func hangUp(_ session: SessionID, user: UserID?, _ reason: EndReason) async throws(LiveTalkError) -> LiveTalk?
  /// The user's talk that is not over, if any.
  func current(of user: UserID) async throws(LiveTalkError) -> SessionID?
  func walletChanged(_ change: WalletChanged) async throws(LiveTalkError) -> LiveTalk?
  /// Records that the settlement is in the ledger: the talk is kept for one more hour.
  func settled(_ session: SessionID) async throws(LiveTalkError)
}
