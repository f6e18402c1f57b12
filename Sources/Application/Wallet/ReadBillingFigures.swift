import Domain
import FoundationEssentials

/// The figures of one day.
public struct BillingDay: Sendable, Equatable {
  public let day: CalendarDate
  /// How many orders were paid, and how many refunds of such orders were done.
  public let orders, refunds: Int
  /// By currency.
  public let money: [StatementMoney]
  /// The talk time that the orders sold, and that talks were charged when they were settled.
  public let sold, burned: TalkTime

  public init(
    day: CalendarDate, orders: Int, refunds: Int, money: [StatementMoney], sold: TalkTime, burned: TalkTime
  ) {
    self.day = day
    self.orders = orders
    self.refunds = refunds
    self.money = money
    self.sold = sold
    self.burned = burned
  }
}

/// What was sold and talked on each of the last days, for operators.
public struct ReadBillingFigures: Sendable {
  private let figures: any BillingFiguresReader

  public init(figures: any BillingFiguresReader) { self.figures = figures }

  /// - Returns: a value for each day, the oldest first.
  public func callAsFunction(_ days: StatementDays) async throws(BillingError) -> [BillingDay] {
    let found = try await figures.figures(of: days)
    return days.starts.enumerated().map { day, start in
      let paid = found.paid.filter { $0.day == day }
      // A payment that credited nothing goes back whole. It paid no order, and is on no side.
      let refunded = found.refunded.filter { $0.day == day && $0.origin != .surplus }
      return BillingDay(
        day: CalendarDate(inIndiaAt: start), orders: paid.reduce(0) { $0 + $1.orders },
        refunds: refunded.reduce(0) { $0 + $1.refunds },
        money: StatementMoney.sums(paid: paid.map(\.price), refunded: refunded.map(\.money), returned: []),
        sold: paid.reduce(.zero) { $0 + $1.talkTime }, burned: TalkTime.zero - found.settled[day, default: .zero])
    }
  }
}
