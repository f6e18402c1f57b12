import Domain

/// Freezes a wallet, so that it pays for no talk, or ends the freeze.
public struct FreezeWallet: Sendable {
  public enum Wish: Sendable, CaseIterable { case freeze, thaw }

  private let wallets: any WalletAdministration

  public init(wallets: any WalletAdministration) { self.wallets = wallets }

  public func callAsFunction(
    _ wish: Wish, _ user: UserID, reason: String, actor: String, cause: LedgerCause
  ) async throws(WalletAdministrationError) -> AdjustedWallet {
    guard let reason = Reason(reason) else { throw .invalidReason }
    let auditNote = AuditNote(actor: actor, reason: reason, cause: cause)
    switch wish {
    case .freeze: return try await wallets.freeze(user, auditNote)
    case .thaw: return try await wallets.thaw(user, auditNote)
    }
  }
}
