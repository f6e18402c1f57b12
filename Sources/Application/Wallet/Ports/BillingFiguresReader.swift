import Domain

/// What was paid, sent back and talked on days that follow each other. A day is its place among them.
public struct BillingFigures: Sendable, Equatable {
  /// Orders that were paid on one day in one currency.
  public struct Paid: Sendable, Equatable {
    public let day, orders: Int
    /// The prices together.
    public let price: Money
    /// The talk time that they sold.
    public let talkTime: TalkTime

    public init(day: Int, orders: Int, price: Money, talkTime: TalkTime) {
      self.day = day
      self.orders = orders
      self.price = price
      self.talkTime = talkTime
    }
  }

  /// Refunds of one origin that were done on one day in one currency, and that the bank has not returned.
  public struct Refunded: Sendable, Equatable {
    public let day, refunds: Int
    public let origin: RefundOrigin
    public let money: Money

    public init(day: Int, refunds: Int, origin: RefundOrigin, money: Money) {
      self.day = day
      self.refunds = refunds
      self.origin = origin
      self.money = money
    }
  }

  public let paid: [Paid]
  public let refunded: [Refunded]
  /// What the settlements of each day changed in the wallets, less what is owed: below zero where talks were charged.
  public let settled: [Int: TalkTime]

  public init(paid: [Paid], refunded: [Refunded], settled: [Int: TalkTime]) {
    self.paid = paid
    self.refunded = refunded
    self.settled = settled
  }
}

public protocol BillingFiguresReader: Sendable {
  /// - Throws: `unavailable`, also if it would take too long.
  func figures(of days: StatementDays) async throws(BillingError) -> BillingFigures
}
