import Domain
import Fakes
import Foundation
import Testing

@Suite("Cron expressions")
struct CronExpressionTests {
  private static func moment(_ text: String) throws -> Date { try Date("\(text):00Z", strategy: .iso8601) }

  @Test(
    "the next occurrence",
    arguments: [
      ("* * * * *", "2026-11-29T23:59", "2026-11-30T00:00"),
      ("*/15 * * * *", "2026-11-29T23:45", "2026-11-30T00:00"),
      ("5,50 3-5 * * *", "2026-11-29T03:05", "2026-11-29T03:50"),
      ("10-30/10 9 * * *", "2026-11-29T09:20", "2026-11-29T09:30"),
      ("0 0 1 JAN *", "2026-11-29T00:00", "2027-01-01T00:00"),
      ("0 0 31 * *", "2026-11-01T00:00", "2026-12-31T00:00"),
      ("0 0 29 2 *", "2096-02-29T00:00", "2104-02-29T00:00"),
      ("0 9 * * mon-Fri", "2026-11-27T09:00", "2026-11-30T09:00"),
      ("0 9 * * 7", "2026-11-23T00:00", "2026-11-29T09:00"),
      ("0 9 * * 5-7", "2026-11-28T10:00", "2026-11-29T09:00"),
      ("0 9 * * */2", "2026-11-28T10:00", "2026-11-29T09:00"),
      // Every 13th and every Friday: POSIX's "or".
      ("0 0 13 * FRI", "2026-11-27T00:00", "2026-12-04T00:00"),
      ("0 0 13 * FRI", "2026-12-11T00:00", "2026-12-13T00:00"),
      ("0 0 */10 * 1", "2026-11-30T00:00", "2026-12-01T00:00"),
    ])
  func next(text: String, after: String, expected: String) throws {
    let cron = try #require(CronExpression(text))
    let moment = try Self.moment(expected)
    #expect(cron.next(after: try Self.moment(after)) == moment)
    #expect(cron.latest(upTo: moment) == moment && cron.latest(upTo: moment + 59) == moment)
    #expect(cron.description == text)
  }

  @Test(
    "what cannot be meant is refused",
    arguments: [
      "", "* * * *", "* * * * * *", "@daily", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 0 *",
      "* * * 13 *", "* * * * 8", "-1 * * * *", "5-1 * * * *", "*/0 * * * *", "*/60 * * * *", "5/15 * * * *",
      "1-2-3 * * * *", "1,,2 * * * *", ",1 * * * *", "*,5 * * * *", "1- * * * *", "*/ * * * *", "*/5/5 * * * *",
      "JAN * * * *", "* * * MON *", "* * * * JAN", "* * * * SAT-SUN", "* * * * MONDAY", "001 * * * *", "+1 * * * *",
      "0 0 30 2 *", "0 0 31 4,6,9,11 *", "? * * * *", "* * L * *", "* * * * 1#2", "\u{0661} * * * *", "* * * * *\n",
      "5-10/6 * * * *",
    ])
  func refused(text: String) { #expect(CronExpression(text) == nil) }

  @Test("a day of the week makes days possible that no month has")
  func possible() { #expect(CronExpression("0 0 30 2 MON") != nil) }

  @Test("in a zone an hour that is skipped has no occurrence, and one that comes again has two")
  func zone() throws {
    let (berlin, kolkata) = (try #require(TimeZone(identifier: "Europe/Berlin")), TimeZone(secondsFromGMT: 19_800))
    let cron = try #require(CronExpression("30 2 * * *"))
    func after(_ text: String) throws -> Date? { cron.next(after: try Self.moment(text), in: berlin) }
    #expect(try after("2027-03-27T00:00") == Self.moment("2027-03-27T01:30"))
    #expect(try after("2027-03-27T02:00") == Self.moment("2027-03-29T00:30"))
    #expect(try after("2027-10-31T00:00") == Self.moment("2027-10-31T00:30"))
    #expect(try after("2027-10-31T00:30") == Self.moment("2027-10-31T01:30"))
    #expect(try after("2027-10-31T01:30") == Self.moment("2027-11-01T01:30"))
    let india = try #require(kolkata)
    #expect(try cron.next(after: Self.moment("2026-11-29T00:00"), in: india) == Self.moment("2026-11-29T21:00"))
  }

  @Test("an occurrence is looked for no longer than its age may be")
  func age() throws {
    let cron = try #require(CronExpression("0 3 29 2 *"))
    // The 1st of March 2024, 03:00 UTC.
    let moment = Date(timeIntervalSince1970: 1_709_262_000)
    #expect(cron.latest(upTo: moment, noOlderThan: 86_400) == moment - 86_400)
    #expect(cron.latest(upTo: moment, noOlderThan: 86_399) == nil)
    #expect(cron.latest(upTo: moment - 86_401, noOlderThan: 7 * 86_400) == nil)
  }

  @Test("the next and the latest occurrence are those that a look at every minute finds")
  func property() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = Seeded(seed)
    for _ in 0..<400 {
      let oracle = CronOracle(&random)
      guard let cron = CronExpression(oracle.text) else {
        Issue.record("\(oracle.text) was refused, seed \(seed)")
        continue
      }
      // From 1999 to 2105, with 2000 and 2100.
      let start = Int(random.next() % 56_000_000) + 15_000_000
      let (next, latest) = (oracle.first(from: start + 1, by: 1), oracle.first(from: start, by: -1))
      let moment = Date(timeIntervalSince1970: Double(start) * 60 + Double(random.next() % 60))
      func minutes(_ date: Date?) -> Int? { date.map { Int($0.timeIntervalSince1970) / 60 } }
      if let next { #expect(minutes(cron.next(after: moment)) == next, "\(oracle.text) \(start), seed \(seed)") }
      if let latest { #expect(minutes(cron.latest(upTo: moment)) == latest, "\(oracle.text) \(start), seed \(seed)") }
    }
  }

  @Test("in a zone, too, no minute that its clocks show is left out")
  func zoneProperty() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = Seeded(seed)
    for name in ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu"] {
      let zone = try #require(TimeZone(identifier: name))
      for _ in 0..<20 {
        let oracle = CronOracle(&random)
        let cron = try #require(CronExpression(oracle.text), "seed \(seed)")
        let start = Int(random.next() % 3_000_000) + 29_000_000
        let within = 3 * 1_440
        let expected = (start + 1...start + within).first { minute in
          oracle.admits(minute + zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(minute) * 60)) / 60)
        }
        let next = cron.next(after: Date(timeIntervalSince1970: Double(start) * 60), in: zone)
        let found = next.map { Int($0.timeIntervalSince1970) / 60 }.flatMap { $0 <= start + within ? $0 : nil }
        #expect(found == expected, "\(oracle.text) in \(name) at \(start), seed \(seed)")
        let before = (start - within...start).last { minute in
          oracle.admits(minute + zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(minute) * 60)) / 60)
        }
        let latest = cron.latest(upTo: Date(timeIntervalSince1970: Double(start) * 60), in: zone)
        let last = latest.map { Int($0.timeIntervalSince1970) / 60 }.flatMap { $0 >= start - within ? $0 : nil }
        #expect(last == before, "\(oracle.text) in \(name) at \(start), seed \(seed)")
      }
    }
  }
}

/// A random expression whose sets are known, and a look at each minute.
private struct CronOracle {
  private struct Field {
    var values: Set<Int>
    var text: String

    init(_ range: ClosedRange<Int>, _ random: inout Seeded) {
      func pick(_ range: ClosedRange<Int>) -> Int { range.lowerBound + Int(random.next() % UInt64(range.count)) }
      switch random.next() % 5 {
      case 0, 1: (values, text) = (Set(range), "*")
      case 2:
        let step = pick(1...max(range.count / 2, 1))
        (values, text) = (Set(range.filter { ($0 - range.lowerBound) % step == 0 }), "*/\(step)")
      case 3:
        let low = pick(range)
        let high = pick(low...range.upperBound)
        (values, text) = (Set(low...high), "\(low)-\(high)")
      default:
        let some = (0..<pick(1...4)).map { _ in pick(range) }
        (values, text) = (Set(some), some.map(String.init).joined(separator: ","))
      }
    }
  }

  let text: String
  private let minutes, hours, days, months, weekdays: Field

  init(_ random: inout Seeded) {
    var (minutes, hours) = (Field(0...59, &random), Field(0...23, &random))
    if minutes.text == "*", random.next() % 4 > 0 { minutes = Field(0...59, &random) }
    if hours.text == "*", random.next() % 2 > 0 { hours = Field(0...23, &random) }
    var (days, months) = (Field(1...28, &random), Field(1...12, &random))
    if days.text == "*" || days.text.hasPrefix("*/") {
      // The oracle's own lists end with the 28th, so that every expression has an occurrence; stars do not.
      let step = days.text == "*" ? 1 : Int(days.text.dropFirst(2)) ?? 1
      days.values = Set((1...31).filter { ($0 - 1) % step == 0 })
    }
    let weekdays = Field(0...6, &random)
    if random.next() % 2 > 0 { (months.values, months.text) = (Set(1...12), "*") }
    (self.minutes, self.hours, self.days, self.months, self.weekdays) = (minutes, hours, days, months, weekdays)
    text = [minutes, hours, days, months, weekdays].map(\.text).joined(separator: " ")
  }

  /// - Parameter minute: of the clock on the wall, since the beginning of 1970
  func admits(_ minute: Int) -> Bool {
    guard minutes.values.contains(minute % 60), hours.values.contains(minute / 60 % 24) else { return false }
    return admits(day: minute / 1_440)
  }

  /// - Parameter day: since the beginning of 1970, a Thursday
  private func admits(day: Int) -> Bool {
    var (rest, year) = (day, 1970)
    func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
    while rest >= (isLeap(year) ? 366 : 365) { (rest, year) = (rest - (isLeap(year) ? 366 : 365), year + 1) }
    let lengths = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    var month = 1
    while rest >= lengths[month - 1] { (rest, month) = (rest - lengths[month - 1], month + 1) }
    guard months.values.contains(month) else { return false }
    let (isDay, isWeekday) = (days.values.contains(rest + 1), weekdays.values.contains((day + 4) % 7))
    return days.text != "*" && weekdays.text != "*" ? isDay || isWeekday : isDay && isWeekday
  }

  /// Nil if none is found within two years.
  func first(from start: Int, by step: Int) -> Int? {
    var (minute, isOn, day) = (start, false, -1)
    while abs(minute - start) < 2 * 366 * 1_440 {
      if minute / 1_440 != day {
        day = minute / 1_440
        isOn = admits(day: day)
      }
      if isOn, minutes.values.contains(minute % 60), hours.values.contains(minute / 60 % 24) { return minute }
      minute = isOn ? minute + step : step > 0 ? (day + 1) * 1_440 : day * 1_440 - 1
    }
    return nil
  }
}
