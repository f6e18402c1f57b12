import Application
import Domain
import FoundationEssentials
import HTTPServing

/// The balances, the sums and the money are those of the whole month on each page.
struct StatementResponse: Encodable {
  struct Minutes: Encodable {
    let bought, granted, spent, refunded, adjusted: Int64

    init(_ minutes: StatementMinutes) {
      bought = minutes.bought.milliseconds
      granted = minutes.granted.milliseconds
      spent = minutes.spent.milliseconds
      refunded = minutes.refunded.milliseconds
      adjusted = minutes.adjusted.milliseconds
    }

    enum CodingKeys: String, CodingKey {
      case bought = "bought_ms", granted = "granted_ms", spent = "spent_ms", refunded = "refunded_ms"
      case adjusted = "adjusted_ms"
    }
  }

  struct MoneySum: Encodable {
    let currency: String
    let paid, refunded: Int64

    init(_ money: StatementMoney) {
      currency = money.currency.code
      paid = money.paid.count
      refunded = money.refunded.count
    }
  }

  struct Payment: Encodable {
    let kind, orderID: String
    let amount: Int64
    let currency: String
    /// Absent until the document is issued.
    let receipt, creditNote, debitNote: String?
    let entry: LedgerLineResponse

    init(_ payment: StatementPayment, _ line: LedgerLine) {
      kind = payment.kind.rawValue
      orderID = payment.order.description
      amount = payment.money.amount.count
      currency = payment.money.currency.code
      let number = payment.document?.text
      receipt = payment.kind == .payment ? number : nil
      creditNote = payment.kind == .refund ? number : nil
      debitNote = payment.kind == .returnedRefund ? number : nil
      entry = LedgerLineResponse(line)
    }

    enum CodingKeys: String, CodingKey {
      case kind, orderID = "order_id", amount, currency, receipt, creditNote = "credit_note"
      case debitNote = "debit_note", entry
    }
  }

  struct Talk: Encodable {
    let sessionID: String
    /// Absent if nothing was ever held for the talk.
    let startedAt: Date?
    let endedAt: Date
    let charged: Int64
    let entry: LedgerLineResponse

    init(_ talk: StatementTalk, _ line: LedgerLine) {
      sessionID = talk.session.text
      startedAt = talk.startedAt
      endedAt = line.createdAt
      charged = (-line.net).milliseconds
      entry = LedgerLineResponse(line)
    }

    enum CodingKeys: String, CodingKey {
      case sessionID = "session_id", startedAt = "started_at", endedAt = "ended_at", charged = "charged_ms", entry
    }
  }

  let statement: MonthlyStatement

  init(_ statement: MonthlyStatement) { self.statement = statement }

  enum CodingKeys: String, CodingKey {
    case month, timeZone = "time_zone", from, until
    case openingBalance = "opening_balance_ms", openingOwed = "opening_owed_ms"
    case closingBalance = "closing_balance_ms", closingOwed = "closing_owed_ms"
    case minutes, money, payments, talks, otherEntries = "other_entries", nextCursor = "next_cursor"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    let (month, figures) = (statement.month, statement.figures)
    try container.encode(month.description, forKey: .month)
    try container.encode(StatementMonth.timeZoneName, forKey: .timeZone)
    try container.encode(month.start, forKey: .from)
    try container.encode(month.end, forKey: .until)
    try container.encode(figures.opening.balance.milliseconds, forKey: .openingBalance)
    try container.encode(figures.opening.owed.milliseconds, forKey: .openingOwed)
    try container.encode(figures.closing.balance.milliseconds, forKey: .closingBalance)
    try container.encode(figures.closing.owed.milliseconds, forKey: .closingOwed)
    try container.encode(Minutes(figures.minutes), forKey: .minutes)
    try container.encode(statement.money.map(MoneySum.init), forKey: .money)
    try encodeLines(to: &container)
    try container.encode(statement.next.map { PageQuery.cursor(String($0)) }, forKey: .nextCursor)
  }

  private func encodeLines(to container: inout KeyedEncodingContainer<CodingKeys>) throws {
    var payments: [Payment] = []
    var talks: [Talk] = []
    var others: [LedgerLineResponse] = []
    for line in statement.lines {
      switch line.subject {
      case .payment(let payment): payments.append(Payment(payment, line.entry))
      case .talk(let talk): talks.append(Talk(talk, line.entry))
      case .other: others.append(LedgerLineResponse(line.entry))
      }
    }
    try container.encode(payments, forKey: .payments)
    try container.encode(talks, forKey: .talks)
    try container.encode(others, forKey: .otherEntries)
  }
}
