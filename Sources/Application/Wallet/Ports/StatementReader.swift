import Domain
import FoundationEssentials

/// The order that a payment paid, or a refund of one.
public struct StatementPayment: Sendable, Equatable {
  public enum Kind: String, Sendable {
    case payment, refund
    /// The bank has returned the money of a refund to the seller.
    case returnedRefund = "returned_refund"
  }

  public let kind: Kind
  public let order: OrderID
  /// The price of the order, or the part of it that the refund moved: a fee on top of the price is in neither. Never
  /// negative: the kind says the direction.
  public let money: Money
  /// The number of the receipt of a payment, of the credit note of a refund, or of the debit note of a returned one;
  /// nil until it is issued. A refund that the bank returned before its credit note was issued never has either note.
  public let document: DocumentNumber?

  public init(kind: Kind, order: OrderID, money: Money, document: DocumentNumber?) {
    self.kind = kind
    self.order = order
    self.money = money
    self.document = document
  }
}

/// A talk that was charged.
public struct StatementTalk: Sendable, Equatable {
  public let session: SessionID
  /// The time of its first hold; nil if nothing was ever held for it.
  public let startedAt: Date?

  public init(session: SessionID, startedAt: Date?) {
    self.session = session
    self.startedAt = startedAt
  }
}

/// An entry of the ledger with what it is about.
public struct StatementLine: Sendable, Equatable {
  public enum Subject: Sendable, Equatable {
    case payment(StatementPayment)
    case talk(StatementTalk)
    case other
  }

  public let entry: LedgerLine
  public let subject: Subject

  public init(entry: LedgerLine, subject: Subject) {
    self.entry = entry
    self.subject = subject
  }
}

/// The part of a ledger in a period, with one page of its entries.
public struct StatementRecord: Sendable, Equatable {
  public let opening: Wallet
  public let closing: Wallet
  /// The sums of all entries of the period by kind.
  public let changes: [LedgerEntryKind: Wallet.Change]
  /// Over the whole period, by currency; sorted.
  public let money: [StatementMoney]
  /// The oldest first. A hold or a release is among them only if it moved the balance or what is owed.
  public let lines: [StatementLine]
  /// The end of the page; nil for the last one.
  public let next: Int64?

  public init(
    opening: Wallet, closing: Wallet, changes: [LedgerEntryKind: Wallet.Change], money: [StatementMoney],
    lines: [StatementLine], next: Int64?
  ) {
    self.opening = opening
    self.closing = closing
    self.changes = changes
    self.money = money
    self.lines = lines
    self.next = next
  }
}

public protocol StatementReader: Sendable {
  /// One snapshot. The end of one period is the beginning of the next, so that no entry is in none or in two.
  /// - Parameters:
  ///   - start: the first moment of the period.
  ///   - end: the first moment after it. If it is to come, by the store's clock, the period ends with the last entry.
  ///   - after: `next` of the previous page.
  func statement(
    of user: UserID, from start: Date, until end: Date, limit: Int, after: Int64?
  ) async throws(BillingError) -> StatementRecord
}
