import FoundationEssentials

/// timestamptz as text, to the microsecond, which is Postgres' precision. Every value has a text: a moment before or
/// after the range of Postgres is `-infinity` or `infinity`, and a value that is no moment is NULL.
extension Date: PostgresEncodable, PostgresDecodable {
  public static var postgresType: UInt32 { 1184 }
  public static var postgresArrayType: UInt32 { 1185 }

  public var postgresText: String? {
    if timeIntervalSince1970.isNaN { return nil }
    if timeIntervalSince1970 < Self.firstSecond { return "-infinity" }
    guard timeIntervalSince1970 < Self.endSecond,
      let microseconds = Int64(exactly: (timeIntervalSince1970 * 1_000_000).rounded())
    else { return "infinity" }
    let seconds = microseconds.floored(1_000_000)
    let day = CivilDay(daysSinceEpoch: seconds.floored(86_400))
    let time = seconds - seconds.floored(86_400) * 86_400
    let fraction = microseconds - seconds * 1_000_000
    // There is no year 0: the year before 1 is 1 BC.
    let (year, era) = day.year > 0 ? (day.year, "") : (1 - day.year, " BC")
    let date = "\(pad(year, 4))-\(pad(day.month, 2))-\(pad(day.day, 2))"
    return
      "\(date) \(pad(time / 3600, 2)):\(pad(time / 60 % 60, 2)):\(pad(time % 60, 2)).\(pad(fraction, 6))+00\(era)"
  }

  /// From 4713 BC to the year 294247, in seconds since 1970: within the range of timestamptz and of 64 bits.
  private static let firstSecond = -210_863_520_000.0
  private static let endSecond = 9_223_372_036_800.0

  public static func decode(postgresText: String?) -> Date? {
    guard let postgresText else { return nil }
    var text = TimestampText(postgresText)
    guard let year = text.number(of: 4...6), text.skip("-"), let month = text.number(of: 2...2), text.skip("-"),
      let day = text.number(of: 2...2), text.skip(" "), let hour = text.number(of: 2...2), text.skip(":"),
      let minute = text.number(of: 2...2), text.skip(":"), let second = text.number(of: 2...2)
    else { return nil }
    guard let fraction = text.fraction(), let offset = text.offset() else { return nil }
    let isBeforeChrist = text.skip(" BC")
    guard text.isAtEnd else { return nil }
    let days = CivilDay(year: isBeforeChrist ? 1 - year : year, month: month, day: day).daysSinceEpoch
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
    return Date(timeIntervalSince1970: Double(seconds) + Double(fraction) / 1_000_000)
  }
}

/// Reads the parts of a timestamp, one after the other. A regular expression costs a good part of a millisecond here,
/// which a sign-in would show: only that of a known address reads a row.
private struct TimestampText {
  private var rest: Substring.UTF8View

  init(_ text: String) { rest = Substring(text).utf8 }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func skip(_ text: String) -> Bool {
    guard rest.starts(with: text.utf8) else { return false }
    rest = rest.dropFirst(text.utf8.count)
    return true
  }

  /// The digits here, as many as there are.
  /// - Returns: nil for another number of digits.
  mutating func number(of digits: ClosedRange<Int>) -> Int64? {
    guard let (number, count) = digitsHere(), digits.contains(count) else { return nil }
    return number
  }

  /// In microseconds; zero where none is written.
  mutating func fraction() -> Int64? {
    guard skip(".") else { return 0 }
    guard let (number, count) = digitsHere(), count <= 6 else { return nil }
    return (count..<6).reduce(number) { number, _ in number * 10 }
  }

  /// The seconds east of UTC; zero where nothing is written.
  mutating func offset() -> Int64? {
    let isWest = skip("-")
    guard isWest || skip("+") else { return 0 }
    guard let hours = number(of: 2...2) else { return nil }
    var minutes: Int64 = 0
    if skip(":") {
      guard let more = number(of: 2...2) else { return nil }
      minutes = more
    }
    return (isWest ? -1 : 1) * (hours * 3600 + minutes * 60)
  }

  private mutating func digitsHere() -> (number: Int64, count: Int)? {
    var (number, count) = (Int64(0), 0)
    while let byte = rest.first, (0x30...0x39).contains(byte), count < 7 {
      number = number * 10 + Int64(byte - 0x30)
      count += 1
      rest = rest.dropFirst()
    }
    return count == 0 ? nil : (number, count)
  }
}

private func pad(_ number: Int64, _ width: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

extension Int64 {
  fileprivate func floored(_ divisor: Int64) -> Int64 { (self >= 0 ? self : self - divisor + 1) / divisor }
}

/// Days and dates of the proleptic Gregorian calendar. Years are counted from 1 March of year 0, so that the leap day
/// comes last.
private struct CivilDay {
  let year: Int64
  let month: Int64
  let day: Int64

  init(year: Int64, month: Int64, day: Int64) {
    (self.year, self.month, self.day) = (year, month, day)
  }

  init(daysSinceEpoch: Int64) {
    let shifted = daysSinceEpoch + 719_468
    let era = shifted.floored(146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let march = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * march + 2) / 5 + 1
    month = march < 10 ? march + 3 : march - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  var daysSinceEpoch: Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted.floored(400)
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}
