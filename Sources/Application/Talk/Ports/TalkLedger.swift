import Domain
import FoundationEssentials

public enum TalkLedgerError: StableError {
  /// Postgres cannot be reached; nothing was written.
  case unavailable
  case insufficientTalkTime
  case balanceOwed
  case frozen
  /// The talk is settled: further writes are refused.
  case settledAlready
  /// The account is closed or disabled.
  case accountClosed
  /// The ledger refuses the write because of a rule of the database, or because of a row that no valid history leads
  /// to. A retry does not help; an operator has to look.
  case refused

  public var code: String {
    switch self {
    case .unavailable: "ledger_unavailable"
    case .insufficientTalkTime: "insufficient_talktime"
    case .balanceOwed: "balance_owed"
    case .frozen: "wallet_frozen"
    case .settledAlready: "session_ended"
    case .accountClosed: "account_disabled"
    case .refused: "ledger_refused"
    }
  }
}

/// The first hold of a talk, with the row that the history will show.
public struct NewTalk: Sendable {
  public let session: SessionID
  public let user: UserID
  public let agent: String
  public let invitation: VoiceInvitation

  public init(session: SessionID, user: UserID, agent: String, invitation: VoiceInvitation) {
    self.session = session
    self.user = user
    self.agent = agent
    self.invitation = invitation
  }
}

/// How a talk ended, as the ledger needs it.
public struct TalkClosing: Sendable, Equatable {
  public let session: SessionID
  public let user: UserID
  public let charge: TalkTime
  public let reason: EndReason
  public let forgiven: TalkTime
  public let beats: Int64
  /// Nil if the store of live talks no longer has the talk.
  public let trace: TalkBeatSummary?

  public init(
    session: SessionID, user: UserID, charge: TalkTime, reason: EndReason, forgiven: TalkTime, beats: Int64,
    trace: TalkBeatSummary? = nil
  ) {
    self.session = session
    self.user = user
    self.charge = charge
    self.reason = reason
    self.forgiven = forgiven
    self.beats = beats
    self.trace = trace
  }
}

public struct SettledTalk: Sendable, Equatable {
  public let charged: TalkTime
  public let balance: TalkTime
  public let reason: EndReason
  /// Whether the talk was settled before; the result is then the stored one.
  public let wasSettled: Bool

  public init(charged: TalkTime, balance: TalkTime, reason: EndReason, wasSettled: Bool) {
    self.charged = charged
    self.balance = balance
    self.reason = reason
    self.wasSettled = wasSettled
  }
}

public struct WalletStanding: Sendable, Equatable {
  public let available: TalkTime
  public let owed: TalkTime
  public let version: Int64
  public let isFrozen: Bool

  public init(available: TalkTime, owed: TalkTime, version: Int64, isFrozen: Bool) {
    self.available = available
    self.owed = owed
    self.version = version
    self.isFrozen = isFrozen
  }

  /// Why no talk may start with the wallet; nil if a talk may start.
  public var refusal: TalkLedgerError? { isFrozen ? .frozen : owed > .zero ? .balanceOwed : nil }
}

/// The holds and the charges of talks. Each call is one transaction.
public protocol TalkLedger: Sendable {
  func wallet(of user: UserID) async throws(TalkLedgerError) -> WalletStanding
  /// Writes the row and holds the first slice. A repeat returns the same result.
  func open(_ opening: NewTalk) async throws(TalkLedgerError) -> SliceGrant
  /// Holds slice `number` and records the metered time so far.
  func hold(slice number: Int64, for session: SessionID, user: UserID, metered: TalkTime) async throws(TalkLedgerError)
    -> SliceGrant
  /// Charges the talk and closes its holds, once.
  func settle(_ settlement: TalkClosing) async throws(TalkLedgerError) -> SettledTalk
  /// Extends the expiry of the talk's holds, because the talk goes on.
  func extend(_ session: SessionID) async throws(TalkLedgerError)
}
