/// The result of writing an entry to the ledger: the same for the first request and for each repeat.
public struct LedgerPostingResult: Sendable, Equatable {
  public let reference: String
  public let change: Wallet.Change
  /// The wallet after the entry.
  public let wallet: Wallet
  /// The wallet's version after the entry.
  public let version: Int64
  /// Whether the reference existed already, so that nothing was written this time.
  public let isRepeat: Bool

  public init(reference: String, change: Wallet.Change, wallet: Wallet, version: Int64, isRepeat: Bool) {
    self.reference = reference
    self.change = change
    self.wallet = wallet
    self.version = version
    self.isRepeat = isRepeat
  }
}

/// The field in which the repeat of a reference differs from its first use.
public enum DifferingPostingField: String, Sendable, Hashable, CaseIterable { case user, kind, amount, purpose }
