import Domain

/// Erases what billing has of a person whose account was deleted. A repeat erases nothing more.
public struct EraseBuyer: Sendable {
  private let accounts: any DeletedAccountReader
  private let buyers: any BuyerEraser

  public init(accounts: any DeletedAccountReader, buyers: any BuyerEraser) {
    self.accounts = accounts
    self.buyers = buyers
  }

  /// - Throws: `ErasureRefusal` for an account that was not deleted, or an error of the store.
  public func callAsFunction(_ gone: UserDeleted) async throws {
    try await accounts.requireDeleted(gone.userID)
    try await buyers.erase(gone.userID)
  }
}
