import Domain

/// Shows an operator the entries of a user's wallet and the user's orders, as their owner sees them.
public struct ReadUserWallet: Sendable {
  private let wallets: any WalletAdministration
  private let wallet: any WalletReader
  private let orders: any OrderRepository

  public init(wallets: any WalletAdministration, wallet: any WalletReader, orders: any OrderRepository) {
    self.wallets = wallets
    self.wallet = wallet
    self.orders = orders
  }

  /// A page of the ledger, newest first.
  /// - Parameter after: the last line of the previous page.
  /// - Throws: `userNotFound`, `unavailable`.
  public func ledger(
    of user: UserID, limit: Int, after: Int64?, includeHolds: Bool
  ) async throws(WalletAdministrationError) -> (items: [LedgerLine], next: Int64?) {
    _ = try await wallets.wallet(of: user)
    do {
      return try await wallet.ledger(of: user, limit: limit, after: after, includeHolds: includeHolds)
    } catch {
      throw .unavailable
    }
  }

  /// A page of the orders, newest first.
  /// - Parameter after: the previous page's cursor.
  /// - Throws: `userNotFound`, `unavailable`.
  public func orders(
    of user: UserID, limit: Int, after: String?
  ) async throws(WalletAdministrationError) -> (items: [Order], next: String?) {
    _ = try await wallets.wallet(of: user)
    do { return try await orders.orders(of: user, limit: limit, after: after) } catch { throw .unavailable }
  }
}
