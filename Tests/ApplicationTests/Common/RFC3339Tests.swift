import Application
import FoundationEssentials
import Testing

@Suite("Timestamps as text")
struct RFC3339Tests {
  @Test(
    "timestamps are read to the microsecond, in any offset",
    arguments: [
      ("1970-01-01T00:00:00Z", 0.0), ("1970-01-01t00:00:01z", 1), ("1970-01-01T05:30:00+05:30", 0),
      ("1969-12-31T16:00:00-08:00", 0), ("2026-11-25T16:00:00.250Z", 1_795_622_400.25),
      ("2026-11-25T16:00:00.1234567Z", 1_795_622_400.123456), ("2024-02-29T12:00:00Z", 1_709_208_000),
      ("2000-02-29T00:00:00Z", 951_782_400), ("1969-12-31T23:59:59.5Z", -0.5),
    ])
  func read(text: String, seconds: Double) throws {
    let moment = try #require(RFC3339.read(text))
    #expect(abs(moment.timeIntervalSince1970 - seconds) < 0.000_000_5)
  }

  @Test("a timestamp that we write is read back")
  func roundTrip() throws {
    for milliseconds in [0, 1, 999, 1_795_622_400_123] {
      let moment = Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
      let text = moment.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
      let read = try #require(RFC3339.read(text))
      #expect(abs(read.timeIntervalSince(moment)) < 0.001)
    }
  }

  @Test(
    "text in any other form is refused",
    arguments: [
      "", "now", "2026-11-25", "2026-11-25T16:00:00", "2026-11-25 16:00:00Z", "2026-13-01T00:00:00Z",
      "2026-02-30T00:00:00Z", "2025-02-29T00:00:00Z", "2026-00-10T00:00:00Z", "2026-11-25T24:00:00Z",
      "2026-11-25T16:60:00Z", "2026-11-25T16:00:60Z", "2026-11-25T16:00:00+24:00", "2026-11-25T16:00:00+05:60",
      "2026-11-25T16:00:00.Z", "2026-11-25T16:00:00ZZ", " 2026-11-25T16:00:00Z", "26-11-25T16:00:00Z", "1795622400",
      "٢٠٢٦-11-25T16:00:00Z", "2026-11-25T16:00:00.\(String(repeating: "1", count: 40))Z",
    ])
  func refused(text: String) {
    #expect(RFC3339.read(text) == nil)
  }

  @Test(
    "a time outside the years 1 to 9999 in UTC is refused",
    arguments: ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-00:01"])
  func unwritable(text: String) {
    #expect(RFC3339.read(text) == nil)
  }
}
