/// The figures of a wallet's statement for a period. They add up: the figures at the beginning and the sum of the
/// entries are the figures at the end.
public struct WalletStatement: Sendable, Equatable {
  public let opening: Wallet
  public let closing: Wallet
  public let minutes: StatementMinutes

  /// - Parameters:
  ///   - opening: the wallet before the first entry of the period.
  ///   - closing: the wallet after the last one.
  ///   - changes: the sums of the period's entries by kind.
  /// - Returns: nil if the entries do not lead from the one wallet to the other.
  public init?(opening: Wallet, closing: Wallet, changes: [LedgerEntryKind: Wallet.Change]) {
    let sum = changes.values.reduce(Wallet.Change.nothing) { $0 + $1 }
    guard opening.available + sum.available == closing.available, opening.held + sum.held == closing.held,
      opening.owed + sum.owed == closing.owed
    else { return nil }
    self.opening = opening
    self.closing = closing
    minutes = StatementMinutes(changes)
  }
}

/// The talk time that came and went in a period, in groups. Each is the change of the balance less what is owed, so
/// that a purchase that pays a debt counts in full. Together they are the change of the whole period.
public struct StatementMinutes: Sendable, Equatable {
  public private(set) var bought = TalkTime.zero
  /// Given: grants, and the opening balance of an upgrade.
  public private(set) var granted = TalkTime.zero
  /// Used in talks, below zero. What is held for a live talk is not spent.
  public private(set) var spent = TalkTime.zero
  /// Taken by refunds, below zero; above where the bank returned more than was refunded.
  public private(set) var refunded = TalkTime.zero
  /// Corrected, in either direction.
  public private(set) var adjusted = TalkTime.zero

  public var total: TalkTime { bought + granted + spent + refunded + adjusted }

  init(_ changes: [LedgerEntryKind: Wallet.Change]) {
    for (kind, change) in changes {
      switch kind {
      case .purchase: bought += change.net
      case .grant, .opening: granted += change.net
      // A hold moves time within the balance, and a release moves it back.
      case .hold, .settlement, .release: spent += change.net
      case .refund: refunded += change.net
      case .adjustment: adjusted += change.net
      }
    }
  }
}

extension Wallet {
  /// The balance less what is owed.
  public var net: TalkTime { balance - owed }
}

extension Wallet.Change {
  public static let nothing = Wallet.Change(available: .zero, held: .zero, owed: .zero)

  /// The change of the balance less what is owed.
  public var net: TalkTime { available + held - owed }

  public static func + (one: Wallet.Change, other: Wallet.Change) -> Wallet.Change {
    Wallet.Change(
      available: one.available + other.available, held: one.held + other.held, owed: one.owed + other.owed)
  }
}
