import Domain
import FoundationEssentials

public struct FreezableWallet: Sendable, Equatable {
  public let wallet: Wallet
  public let isFrozen: Bool

  public init(wallet: Wallet, isFrozen: Bool) {
    self.wallet = wallet
    self.isFrozen = isFrozen
  }
}

/// A reason for which a wallet is frozen now.
public struct ActiveFreeze: Sendable, Equatable {
  /// `operator`, or `dispute:` and its id.
  public let cause: String
  public let reason: String
  public let since: Date

  public init(cause: String, reason: String, since: Date) {
    self.cause = cause
    self.reason = reason
    self.since = since
  }
}

/// A line of the ledger as the wallet's owner sees it.
public struct LedgerLine: Sendable, Equatable {
  public let id: Int64
  public let kind: String
  /// The change of the balance, which is the available and the held talk time together.
  public let amount: TalkTime
  /// The change of the owed talk time.
  public let owedChange: TalkTime
  public let balanceAfter: TalkTime
  public let reference: String
  public let createdAt: Date

  /// The change of the balance less what is owed. A settlement's is what its talk was charged, below zero.
  public var net: TalkTime { amount - owedChange }

  public init(
    id: Int64, kind: String, amount: TalkTime, owedChange: TalkTime, balanceAfter: TalkTime, reference: String,
    createdAt: Date
  ) {
    self.id = id
    self.kind = kind
    self.amount = amount
    self.owedChange = owedChange
    self.balanceAfter = balanceAfter
    self.reference = reference
    self.createdAt = createdAt
  }
}

public protocol WalletReader: Sendable {
  func balance(of user: UserID) async throws(BillingError) -> FreezableWallet
  /// The wallet after the last entry at or before the moment, to the millisecond; empty before the first entry.
  func balance(of user: UserID, at moment: Date) async throws(BillingError) -> FreezableWallet
  /// Newest first. Entries that are written meanwhile do not shift the later pages.
  /// - Parameter after: the last line of the previous page.
  func ledger(
    of user: UserID, limit: Int, after: Int64?, includeHolds: Bool
  ) async throws(BillingError) -> (items: [LedgerLine], next: Int64?)
}

extension Date {
  /// The first moment of the next millisecond. A client sees times to the millisecond, but the store keeps more digits.
  /// Every event in the millisecond that a client names counts as happened at that time.
  public var nextMillisecond: Date {
    let (quotient, remainder) = unixMicroseconds.quotientAndRemainder(dividingBy: 1_000)
    let milliseconds = remainder < 0 ? quotient - 1 : quotient
    return Date(unixMilliseconds: milliseconds + 1)
  }
}
