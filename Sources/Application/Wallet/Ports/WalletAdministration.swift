import Domain

/// Who changes a wallet by hand, and why. The note is stored with the change.
public struct AuditNote: Sendable, Equatable {
  /// An operator's user id, or `cli:` and the name of the user at the shell.
  public let actor: String
  public let reason: Reason
  /// The cause of the ledger entry.
  public let cause: LedgerCause

  public init(actor: String, reason: Reason, cause: LedgerCause) {
    self.actor = actor
    self.reason = reason
    self.cause = cause
  }
}

/// A wallet as an operator sees it.
public struct WalletOverview: Sendable, Equatable {
  public let user: UserID
  public let balance: FreezableWallet
  public let version: Int64
  /// The oldest first.
  public let freezes: [ActiveFreeze]

  public init(user: UserID, balance: FreezableWallet, version: Int64, freezes: [ActiveFreeze]) {
    self.user = user
    self.balance = balance
    self.version = version
    self.freezes = freezes
  }
}

/// The result of an operator's change of a wallet.
public struct AdjustedWallet: Sendable, Equatable {
  /// The wallet after the change; for a repeat, after the first time.
  public let balance: FreezableWallet
  /// Whether the change existed already, so that nothing was done now.
  public let isRepeat: Bool

  public init(balance: FreezableWallet, isRepeat: Bool) {
    self.balance = balance
    self.isRepeat = isRepeat
  }
}

public enum WalletAdministrationError: StableError, Equatable {
  /// Postgres cannot be reached; nothing was changed.
  case unavailable
  /// There is no such user.
  case userNotFound
  /// The talk time is zero, larger than is sensible, or a grant below zero.
  case invalidTime
  case invalidReason
  case invalidReference
  /// With this grant the operator would be above the cap of the day.
  case dailyCapReached
  /// The reference was used for another change. The fields in `differences` differ.
  case referenceReused(differences: Set<DifferingPostingField>)

  public var code: String {
    switch self {
    case .unavailable: "billing_unavailable"
    case .userNotFound: "not_found"
    case .invalidTime: "invalid_talktime"
    case .invalidReason: "invalid_reason"
    case .invalidReference: "invalid_reference"
    case .dailyCapReached: "daily_cap_reached"
    case .referenceReused: "idempotency_key_reused"
    }
  }
}

/// Changes wallets for an operator. Each change is one transaction with its audit note. A change that already exists is
/// neither made nor noted again.
public protocol WalletAdministration: Sendable {
  /// - Throws: `userNotFound` or `unavailable`, as the other methods do.
  func wallet(of user: UserID) async throws(WalletAdministrationError) -> WalletOverview
  /// - Parameter dailyCap: what the note's actor, a user, may grant in a day of UTC by the store's clock; nil for no cap.
  ///   Of grants at once, on any instances, only as many succeed as are below it.
  /// - Throws: `referenceReused` and `dailyCapReached` as well.
  func correct(
    _ correction: WalletCorrection, of user: UserID, reference: CorrectionReference, _ auditNote: AuditNote,
    dailyCap: TalkTime?
  ) async throws(WalletAdministrationError) -> AdjustedWallet
  /// Freezes the wallet: no talk starts or goes on with it, but it still accepts credits.
  func freeze(_ user: UserID, _ auditNote: AuditNote) async throws(WalletAdministrationError) -> AdjustedWallet
  /// Ends the operators' freeze. A freeze that a dispute caused stays.
  func thaw(_ user: UserID, _ auditNote: AuditNote) async throws(WalletAdministrationError) -> AdjustedWallet
}
