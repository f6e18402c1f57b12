import Domain

/// Who does something to a wallet by hand, and why. It is written down with what it brought about.
public struct AuditNote: Sendable, Equatable {
  /// An operator's user id, or `cli:` and the name of who was at the shell.
  public let actor: String
  public let reason: Reason
  /// Of the entry in the ledger.
  public let cause: Cause

  public init(actor: String, reason: Reason, cause: Cause) {
    self.actor = actor
    self.reason = reason
    self.cause = cause
  }
}

/// A wallet as an operator sees it.
public struct OpenedWallet: Sendable, Equatable {
  public let user: UserID
  public let balance: Balance
  public let version: Int64
  /// The oldest first.
  public let freezes: [StandingFreeze]

  public init(user: UserID, balance: Balance, version: Int64, freezes: [StandingFreeze]) {
    self.user = user
    self.balance = balance
    self.version = version
    self.freezes = freezes
  }
}

/// What became of an operator's word.
public struct AdjustedWallet: Sendable, Equatable {
  /// The wallet after it; for a repeat, after it was done the first time.
  public let balance: Balance
  /// It stood already; nothing was done now.
  public let isRepeat: Bool

  public init(balance: Balance, isRepeat: Bool) {
    self.balance = balance
    self.isRepeat = isRepeat
  }
}

public enum WalletAdministrationError: StableError, Equatable {
  /// Postgres cannot be reached; nothing was changed.
  case unavailable
  /// There is no such user.
  case userNotFound
  /// Zero, beyond what is sensible, or a grant below zero.
  case invalidTime
  case invalidReason
  case invalidReference
  /// The reference was used for something else; these differ.
  case referenceReused(differences: Set<PostingField>)

  public var code: String {
    switch self {
    case .unavailable: "billing_unavailable"
    case .userNotFound: "not_found"
    case .invalidTime: "invalid_talktime"
    case .invalidReason: "invalid_reason"
    case .invalidReference: "invalid_reference"
    case .referenceReused: "idempotency_key_reused"
    }
  }
}

/// Wallets under an operator's hand. Each change is one transaction with its note of who made it and why; what stands
/// already is not done, and not noted, again.
public protocol WalletAdministration: Sendable {
  /// - Throws: `userNotFound` or `unavailable`, as the others do.
  func wallet(of user: UserID) async throws(WalletAdministrationError) -> OpenedWallet
  /// - Throws: `referenceReused` too.
  func correct(
    _ correction: Correction, of user: UserID, reference: CorrectionReference, _ auditNote: AuditNote
  ) async throws(WalletAdministrationError) -> AdjustedWallet
  /// No talk starts and none goes on with a frozen wallet; credits are still taken.
  func freeze(_ user: UserID, _ auditNote: AuditNote) async throws(WalletAdministrationError) -> AdjustedWallet
  /// Takes the operators' own freeze away; one that a dispute brought about stays.
  func thaw(_ user: UserID, _ auditNote: AuditNote) async throws(WalletAdministrationError) -> AdjustedWallet
}
