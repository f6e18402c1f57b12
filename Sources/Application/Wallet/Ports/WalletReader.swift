import Domain
import FoundationEssentials

public struct Balance: Sendable, Equatable {
  public let wallet: Wallet
  public let isFrozen: Bool

  public init(wallet: Wallet, isFrozen: Bool) {
    self.wallet = wallet
    self.isFrozen = isFrozen
  }
}

/// One of the reasons why a wallet is frozen just now.
public struct StandingFreeze: Sendable, Equatable {
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

/// A line of the ledger as its owner sees it.
public struct LedgerLine: Sendable, Equatable {
  public let id: Int64
  public let kind: String
  /// What it did to the balance, which is what is available and what is held together.
  public let amount: TalkTime
  /// What it did to what is owed.
  public let owedChange: TalkTime
  public let balanceAfter: TalkTime
  public let reference: String
  public let createdAt: Date

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
  func balance(of user: UserID) async throws(BillingError) -> Balance
  /// The wallet as the last entry at or before the moment left it, to the millisecond; empty before the first.
  func balance(of user: UserID, at moment: Date) async throws(BillingError) -> Balance
  /// Newest first. What is written meanwhile moves no page that is read later.
  /// - Parameter after: the last line of the page before.
  func ledger(
    of user: UserID, limit: Int, after: Int64?, includeHolds: Bool
  ) async throws(BillingError) -> (items: [LedgerLine], next: Int64?)
}

extension Date {
  /// The first moment of the next millisecond. A client sees times to the millisecond, the store keeps more: whatever
  /// happened in the millisecond that a client names has happened at the moment that it names.
  public var nextMillisecond: Date {
    let (quotient, remainder) = unixMicroseconds.quotientAndRemainder(dividingBy: 1_000)
    let milliseconds = remainder < 0 ? quotient - 1 : quotient
    return Date(unixMilliseconds: milliseconds + 1)
  }
}
