import Application
import Domain
import FoundationEssentials
import HTTPServing
import Hummingbird

/// /billing/figures: what was sold and talked on each of the last days, for operators.
struct BillingFiguresRoute: Sendable {
  let read: ReadBillingFigures
  let authenticator: Authenticator
  let clock: any WallClock

  func add(to router: Router<HTTPRequestContext>) {
    router.group("/billing/figures").add(middleware: RequirePrincipal(authenticator))
      .add(middleware: RequireOperator(.support))
      .get { request, _ in
        let days = try days(request)
        return try json(BillingFiguresResponse(days, try await read(days)))
      }
  }

  private func days(_ request: Request) throws(Problem) -> StatementDays {
    let text = request.uri.queryParameters["days"]
    guard let count = text.map({ Int($0) }) ?? StatementDays.usual,
      let days = StatementDays(last: count, upTo: clock.now())
    else { throw .invalidField("days", "days is 1 to \(StatementDays.most).") }
    return days
  }
}

struct BillingFiguresResponse: Encodable {
  struct Day: Encodable {
    let day: CalendarDate
    let orders, refunds: Int
    let money: [StatementResponse.MoneySum]
    let sold, burned: Int64

    init(_ figures: BillingDay) {
      day = figures.day
      orders = figures.orders
      refunds = figures.refunds
      money = figures.money.map(StatementResponse.MoneySum.init)
      sold = figures.sold.milliseconds
      burned = figures.burned.milliseconds
    }

    enum CodingKeys: String, CodingKey { case day, orders, refunds, money, sold = "sold_ms", burned = "burned_ms" }
  }

  let timeZone: String
  /// The first moment of the first day.
  let from: Date?
  let until: Date
  let days: [Day]

  init(_ period: StatementDays, _ days: [BillingDay]) {
    timeZone = StatementMonth.timeZoneName
    (from, until) = (period.starts.first, period.end)
    self.days = days.map(Day.init)
  }

  enum CodingKeys: String, CodingKey { case timeZone = "time_zone", from, until, days }
}
