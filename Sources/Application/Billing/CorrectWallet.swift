import Domain

/// Gives or takes talk time by hand, once by its reference.
public struct CorrectWallet: Sendable {
  private let wallets: any AdjustsWallets

  public init(wallets: any AdjustsWallets) { self.wallets = wallets }

  /// - Parameter reference: what the operator calls it; the same again does nothing.
  public func callAsFunction(
    _ kind: Correction.Kind, milliseconds: Int64, of user: UserID, reference: String, reason: String, actor: String,
    cause: Cause
  ) async throws(WalletDeskError) -> WalletAnswer {
    guard let correction = Correction(kind, .milliseconds(milliseconds)) else { throw .invalidTime }
    guard let reference = CorrectionReference(reference) else { throw .invalidReference }
    guard let reason = Reason(reason) else { throw .invalidReason }
    return try await wallets.correct(
      correction, of: user, reference: reference, OperatorsWord(actor: actor, reason: reason, cause: cause))
  }
}
