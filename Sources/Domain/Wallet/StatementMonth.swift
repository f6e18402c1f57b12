import FoundationEssentials

/// The month of a statement: a month of the calendar in Indian time, as documents and financial years are dated.
public struct StatementMonth: Hashable, Sendable, CustomStringConvertible {
  /// The name of the time zone in the database of IANA.
  public static let timeZoneName = "Asia/Kolkata"
  private static let firstYear = 1970

  public let year: Int
  /// 1 to 12.
  public let month: Int

  /// - Parameter text: such as `2026-11`. Nil for any other text, and for a year before 1970.
  public init?(_ text: String) {
    guard let match = text.wholeMatch(of: #/([0-9]{4})-([0-9]{2})/#), let year = Int(match.1),
      let month = Int(match.2), year >= Self.firstYear, (1...12).contains(month)
    else { return nil }
    self.year = year
    self.month = month
  }

  /// The month in which a moment lies.
  public init(of moment: Date) {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .india
    let parts = calendar.dateComponents([.year, .month], from: moment)
    year = parts.year ?? Self.firstYear
    month = parts.month ?? 1
  }

  private init(year: Int, month: Int) {
    self.year = year
    self.month = month
  }

  /// Its first moment.
  public var start: Date {
    let zone = TimeZone.india.secondsFromGMT()
    return Date(timeIntervalSince1970: Double(daysBefore * 86_400 - zone))
  }

  /// The first moment of the next month.
  public var end: Date { next.start }

  private var next: StatementMonth {
    month == 12 ? StatementMonth(year: year + 1, month: 1) : StatementMonth(year: year, month: month + 1)
  }

  /// The days from 1970-01-01 to its first day.
  private var daysBefore: Int {
    let leapDays = Self.leapDays(before: year) - Self.leapDays(before: Self.firstYear)
    let months = (1..<month).reduce(0) { days, month in days + CalendarDate.days(of: month, in: year) }
    return (year - Self.firstYear) * 365 + leapDays + months
  }

  private static func leapDays(before year: Int) -> Int {
    let last = year - 1
    return last / 4 - last / 100 + last / 400
  }

  public var description: String {
    let digits = String(month)
    return "\(year)-" + (digits.count == 1 ? "0" + digits : digits)
  }
}
