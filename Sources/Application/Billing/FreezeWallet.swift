import Domain

/// Stops a wallet from being talked with, or lets it go again.
public struct FreezeWallet: Sendable {
  public enum Wish: Sendable, CaseIterable { case freeze, thaw }

  private let wallets: any AdjustsWallets

  public init(wallets: any AdjustsWallets) { self.wallets = wallets }

  public func callAsFunction(
    _ wish: Wish, _ user: UserID, reason: String, actor: String, cause: Cause
  ) async throws(WalletDeskError) -> WalletAnswer {
    guard let reason = Reason(reason) else { throw .invalidReason }
    let word = OperatorsWord(actor: actor, reason: reason, cause: cause)
    switch wish {
    case .freeze: return try await wallets.freeze(user, word)
    case .thaw: return try await wallets.thaw(user, word)
    }
  }
}
