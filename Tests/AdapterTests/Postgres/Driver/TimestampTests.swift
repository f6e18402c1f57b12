import Foundation
import PostgresDriver
import TestInfrastructure
import Testing

@Suite("Timestamps for the database")
struct TimestampTests {
  @Test(
    "every timestamp has a text or is NULL",
    arguments: [
      Double.nan, .infinity, -.infinity, 1e300, -1e300, 1e18, -1e18, 9.3e12, -2.2e11, .leastNonzeroMagnitude,
    ])
  func texts(seconds: Double) {
    let text = Date(timeIntervalSince1970: seconds).postgresText
    switch seconds {
    case _ where seconds.isNaN: #expect(text == nil)
    case 9.3e12...: #expect(text == "infinity")
    case ...(-2.2e11): #expect(text == "-infinity")
    default: #expect(text?.hasPrefix("1970-01-01") == true)
    }
  }

  @Test(
    "a timestamp of the server is read to the microsecond, with its offset and era",
    arguments: [
      ("1970-01-01 00:00:00+00", 0.0), ("1970-01-01 00:00:00", 0), ("1970-01-01 00:00:01.5+00", 1.5),
      ("1970-01-01 00:00:00.000001+00", 0.000_001), ("1970-01-01 05:30:00+05:30", 0),
      ("1969-12-31 21:00:00-03", 0), ("2026-11-29 20:01:51.25+00", 1_795_982_511.25),
      ("0001-12-31 00:01:00+00 BC", -62_135_683_140), ("294247-01-10 03:46:40+00", 9_223_372_036_000),
    ])
  func read(text: String, seconds: Double) {
    #expect(Date.decode(postgresText: text) == Date(timeIntervalSince1970: seconds))
  }

  @Test(
    "what is no timestamp is none",
    arguments: [
      "", "infinity", "-infinity", "1970-01-01", "1970-1-01 00:00:00", "970-01-01 00:00:00", "1234567-01-01 00:00:00",
      "1970-01-01T00:00:00", "1970-01-01 00:00:00.", "1970-01-01 00:00:00.1234567", "1970-01-01 00:00:00+",
      "1970-01-01 00:00:00+0", "1970-01-01 00:00:00+05:3", "1970-01-01 00:00:00+00 AD", "1970-01-01 00:00:00+00 BCE",
      " 1970-01-01 00:00:00", "-1970-01-01 00:00:00", "1970-01-01 00:00:00+00 ", "١٩٧٠-01-01 00:00:00",
    ])
  func unreadable(text: String) { #expect(Date.decode(postgresText: text) == nil) }

  @Test(
    "the server and this project read every written timestamp, also before the year 1",
    arguments: [
      (-62_135_596_800.0, "0001-01-01 00:00:00"), (-62_135_683_140, "0001-12-31 00:01:00 BC"),
      (-210_863_520_000, "4713-01-01 00:00:00 BC"), (253_402_300_799, "9999-12-31 23:59:59"),
      (9_223_372_036_000, "294247-01-10 03:46:40"), (-0.5, "1969-12-31 23:59:59.5"),
    ])
  func server(seconds: Double, text: String) async throws {
    try await TestDatabase.with { database in
      let moment = Date(timeIntervalSince1970: seconds)
      let row = try #require(
        try await database.pool.query(
          "SELECT (\(moment)::timestamptz AT TIME ZONE 'UTC')::text AS t, \(moment)::timestamptz AS m"
        )
        .rows.first)
      #expect(try row.get("t", as: String.self) == text)
      #expect(try row.get("m", as: Date.self) == moment)
    }
  }
}
