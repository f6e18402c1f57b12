import FoundationEssentials

/// When something happens again and again: five fields for minute, hour, day of the month, month and day of the week,
/// as in the POSIX crontab.
///
/// A field is `*`, or a list of parts, separated by commas. A part is a number, a range `a-b`, a range with a step
/// `a-b/n`, or `*/n`. Months and days of the week have their English names of three letters, too; Sunday is 0 and 7.
/// As in POSIX, if both days are restricted, either is enough: `0 0 13 * FRI` is every 13th and every Friday. A field
/// is restricted unless it is `*`.
///
/// A minute of a zone occurs as often as its clocks show it: never in the hour that is skipped in spring, twice in the
/// one that comes again in autumn. UTC has neither.
public struct CronExpression: Sendable, Hashable, CustomStringConvertible {
  /// As it was given.
  public let description: String
  private let minutes, hours, days, months, weekdays: CronField

  /// - Parameter text: nil for anything but five fields, for a number that a field cannot have, for a range that runs
  ///   backwards, for a step that never leads to a second value, and for days that no month has, such as `0 0 30 2 *`
  public init?(_ text: String) {
    let fields = text.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
    guard fields.count == 5, let minutes = CronField(fields[0], in: 0...59),
      let hours = CronField(fields[1], in: 0...23), let days = CronField(fields[2], in: 1...31),
      let months = CronField(fields[3], in: 1...12, names: Self.monthNames, first: 1),
      let weekdays = CronField(fields[4], in: 0...7, names: Self.weekdayNames, first: 0)
    else { return nil }
    guard
      weekdays.isRestricted
        || months.values.contains(where: { month in
          days.values.contains { $0 <= Self.longest(month) }
        })
    else { return nil }
    description = text
    (self.minutes, self.hours, self.days, self.months) = (minutes, hours, days, months)
    self.weekdays = weekdays.replacing(7, by: 0)
  }

  /// The longest time between two occurrences of an expression: a 29th of February, around a year like 2100.
  private static let longestPause: TimeInterval = 9 * 366 * 86_400

  /// The first occurrence after a moment; nil if there is none in nine years, as where a zone skips the only hour.
  public func next(after moment: Date, in zone: TimeZone = .gmt) -> Date? {
    let calendar = Self.calendar(zone)
    var at = Self.minute(of: moment) + 60
    while at.timeIntervalSince(moment) < Self.longestPause {
      let clock = CronClock(at, calendar)
      if !isOn(clock) {
        // Clocks are changed by a few hours at most, so that this does not leave the day.
        at += clock.hour < 20 ? Double(20 - clock.hour) * 3_600 : Double(60 - clock.minute) * 60
      } else if !hours.contains(clock.hour) {
        at += Double(60 - clock.minute) * 60
      } else if !minutes.contains(clock.minute) {
        at += 60
      } else {
        return at
      }
    }
    return nil
  }

  /// The last occurrence at or before a moment.
  /// - Parameter age: seconds; nil for nine years. The longer it is, the longer a rare occurrence is looked for.
  /// - Returns: nil if there is none of at most that age.
  public func latest(upTo moment: Date, in zone: TimeZone = .gmt, noOlderThan age: TimeInterval? = nil) -> Date? {
    let calendar = Self.calendar(zone)
    let oldest = age ?? Self.longestPause
    var at = Self.minute(of: moment)
    while moment.timeIntervalSince(at) <= oldest {
      let clock = CronClock(at, calendar)
      if !isOn(clock) {
        at -= clock.hour > 3 ? Double(clock.hour - 3) * 3_600 : Self.backToQuarter(clock)
      } else if !hours.contains(clock.hour) {
        at -= Self.backToQuarter(clock)
      } else if !minutes.contains(clock.minute) {
        at -= 60
      } else {
        return at
      }
    }
    return nil
  }

  /// The time to the last minute before this quarter of an hour. Where a zone skips half an hour, the minute before a
  /// full hour shows no full hour.
  private static func backToQuarter(_ clock: CronClock) -> TimeInterval { Double(clock.minute % 15 + 1) * 60 }

  private func isOn(_ clock: CronClock) -> Bool {
    guard months.contains(clock.month) else { return false }
    let (isDay, isWeekday) = (days.contains(clock.day), weekdays.contains(clock.weekday))
    return days.isRestricted && weekdays.isRestricted ? isDay || isWeekday : isDay && isWeekday
  }

  private static func calendar(_ zone: TimeZone) -> Calendar {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = zone
    return calendar
  }

  private static func minute(of moment: Date) -> Date {
    Date(timeIntervalSince1970: (moment.timeIntervalSince1970 / 60).rounded(.down) * 60)
  }

  private static func longest(_ month: Int) -> Int {
    switch month {
    case 2: 29
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  private static let monthNames = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
  ]
  private static let weekdayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
}

/// What a clock on the wall and a calendar show at a moment.
private struct CronClock {
  let minute, hour, day, month: Int
  /// From 0, Sunday.
  let weekday: Int

  init(_ moment: Date, _ calendar: Calendar) {
    let shown = calendar.dateComponents([.minute, .hour, .day, .month, .weekday], from: moment)
    (minute, hour) = (shown.minute ?? 0, shown.hour ?? 0)
    (day, month, weekday) = (shown.day ?? 1, shown.month ?? 1, (shown.weekday ?? 1) - 1)
  }
}
