import FoundationEssentials

/// Reads a timestamp in the form of RFC 3339 (section 5.6), such as `2026-11-25T16:00:00.250+05:30`.
public enum RFC3339 {
  /// Nil for any other form, for days that no calendar has, for leap seconds, and for moments that are outside the
  /// years 1 to 9999 in UTC, because those could not be written again. Digits after the microsecond are ignored.
  public static func read(_ text: String) -> Date? {
    guard text.utf8.count <= 40,
      let match = text.wholeMatch(
        of: #/(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))/#),
      let hour = Int(match.4), let minute = Int(match.5), let second = Int(match.6), hour < 24, minute < 60,
      second < 60,
      let offset = offset(match.8, match.9, match.10), let day = day(match.1, match.2, match.3)
    else { return nil }
    let seconds = hour * 3_600 + minute * 60 + second - offset
    let moment = day + Double(seconds) + fraction(match.7)
    return writable.contains(moment.timeIntervalSince1970) ? moment : nil
  }

  /// The years 1 to 9999 in seconds since 1970.
  private static let writable = -62_135_596_800.0..<253_402_300_800.0

  /// Midnight in UTC.
  private static func day(_ year: Substring, _ month: Substring, _ day: Substring) -> Date? {
    var calendar = Calendar(identifier: .gregorian)
    guard let utc = TimeZone(secondsFromGMT: 0) else { return nil }
    calendar.timeZone = utc
    let wanted = DateComponents(year: Int(year), month: Int(month), day: Int(day))
    guard let date = calendar.date(from: wanted) else { return nil }
    // Without this check, 30 February would be read as 2 March.
    return calendar.dateComponents([.year, .month, .day], from: date) == wanted ? date : nil
  }

  /// In seconds.
  private static func offset(_ sign: Substring?, _ hours: Substring?, _ minutes: Substring?) -> Int? {
    guard let sign, let hours = hours.flatMap({ Int($0) }), let minutes = minutes.flatMap({ Int($0) }) else { return 0 }
    guard hours < 24, minutes < 60 else { return nil }
    return (sign == "-" ? -1 : 1) * (hours * 3_600 + minutes * 60)
  }

  private static func fraction(_ digits: Substring?) -> Double {
    guard let digits = digits?.prefix(6), let number = Double(digits) else { return 0 }
    return number / Double((0..<digits.count).reduce(1) { power, _ in power * 10 })
  }
}
