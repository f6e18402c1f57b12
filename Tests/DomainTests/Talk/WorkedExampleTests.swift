import Domain
import Foundation
import Testing

/// Plays the example of docs/metering.md with the rule, row by row.
@Suite("The worked example of the documentation")
struct WorkedExampleTests {
  @Test("the documentation's example matches the rule, to the millisecond")
  func example() throws {
    let rows = try ExampleRow.all()
    #expect(rows.count > 15)
    var play = ExamplePlay()
    for row in rows { try play.step(row) }
    let gaps = [TalkGap(at: .milliseconds(15_000), length: .milliseconds(8_200), charged: .milliseconds(8_200))]
    #expect(play.meter?.gaps.first == gaps && play.meter?.beats == 21 && play.clock.skipped == 20_000)
    #expect(play.meter?.meteredAtBeat == 103_300 && play.meter?.reason == .user)
  }
}

private struct ExampleRow {
  let time: Int64
  /// Such as `beat 3`.
  let words: [String]
  let metered, granted, remaining: Int64
  /// Nil once the talk is over.
  let endsAt: Int64?

  /// The rows of the table whose first column is a time.
  static func all() throws -> [ExampleRow] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/metering.md")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count >= 6, let time = Int64(cells[0]), let what = cells[1].split(separator: "`").first else {
        return nil
      }
      return ExampleRow(
        time: time, words: what.split(separator: " ").map(String.init), metered: try #require(Int64(cells[2])),
        granted: try #require(Int64(cells[3])), remaining: try #require(Int64(cells[4])), endsAt: Int64(cells[5]))
    }
  }

  func number(_ name: String) throws -> Int64 {
    let index = try #require(words.firstIndex(of: name), "no \(name) in \(words)")
    return try #require(Int64(words[index + 1]))
  }
}

private struct ExamplePlay {
  private static let start: Int64 = 1_700_000_000_000
  private let limit = BeatRateLimit(interval: 1_000, burst: 10)
  private var wall = start
  private(set) var clock = ShardClock(wall: start)
  private(set) var meter: Meter?

  mutating func step(_ row: ExampleRow) throws {
    if row.words.first != "beats" { pass(until: row.time) }
    try act(row)
    let meter = try #require(meter)
    #expect(clock.now - Self.start == row.time, "\(row.words)")
    #expect(
      [meter.metered, meter.granted, meter.remaining] == [row.metered, row.granted, row.remaining], "\(row.words)")
    let ends = meter.state == .ended ? nil : meter.deadline(resumed: clock.resumed).at - Self.start
    #expect(ends == row.endsAt, "\(row.words)")
  }

  private mutating func act(_ row: ExampleRow) throws {
    switch try #require(row.words.first) {
    case "reserve":
      meter = Meter(
        reservedAt: clock.now, available: try row.number("free"), walletVersion: try row.number("version"),
        grace: 30_000, longest: 3_600_000, skippedBefore: 0)
    case "grant":
      meter?.grant(
        try row.number("grant"), slice: try row.number("slice"), version: try row.number("version"),
        available: try row.number("free"), isFinal: row.words.contains("final"), at: clock.now, resumed: clock.resumed)
    case "wallet":
      meter?.walletChanged(
        version: try row.number("version"), available: try row.number("free"), at: clock.now, resumed: clock.resumed)
    case "beat": beat(try row.number("beat"))
    case "beats":
      for seq in try row.number("beats")...row.number("to") {
        pass(until: clock.now - Self.start + (try row.number("every")))
        beat(seq)
      }
    case "outage":
      wall += try row.number("outage")
      clock.look(at: wall)
    case "end": meter?.hangUp(.user, at: clock.now, resumed: clock.resumed)
    default: Issue.record("\(row.words) is not understood")
    }
  }

  private mutating func beat(_ seq: Int64) {
    _ = meter?.beat(seq: seq, at: clock.now, resumed: clock.resumed, limit: limit)
  }

  /// With a reading each 100 ms, as the ticks make them.
  private mutating func pass(until time: Int64) {
    while clock.now - Self.start < time {
      wall += min(100, time - (clock.now - Self.start))
      clock.look(at: wall)
      meter?.expire(at: clock.now, resumed: clock.resumed)
    }
  }
}
