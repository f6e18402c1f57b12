import Domain

/// Grants or takes talk time by hand, once for each reference.
public struct CorrectWallet: Sendable {
  private let wallets: any WalletAdministration

  public init(wallets: any WalletAdministration) { self.wallets = wallets }

  /// - Parameters:
  ///   - reference: the operator's name for the correction. A repeat with the same reference has no effect.
  ///   - dailyCap: what the actor, a user, may grant in a day of UTC; nil for no cap.
  public func callAsFunction(
    _ kind: WalletCorrection.Kind, milliseconds: Int64, of user: UserID, reference: String, reason: String,
    actor: String,
    cause: LedgerCause, dailyCap: TalkTime? = nil
  ) async throws(WalletAdministrationError) -> AdjustedWallet {
    guard let correction = WalletCorrection(kind, .milliseconds(milliseconds)) else { throw .invalidTime }
    guard let reference = CorrectionReference(reference) else { throw .invalidReference }
    guard let reason = Reason(reason) else { throw .invalidReason }
    return try await wallets.correct(
      correction, of: user, reference: reference, AuditNote(actor: actor, reason: reason, cause: cause),
      dailyCap: dailyCap)
  }
}
