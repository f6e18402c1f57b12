import Domain

/// Removes what billing has of a person whose account was deleted. The ledger, the orders and the payments stay without
/// it, and so do the documents, as far as the law does not require them to name their buyer.
public protocol BuyerEraser: Sendable {
  /// One transaction. A repeat finds nothing more to remove.
  func erase(_ user: UserID) async throws
}
