import Domain
import Foundation
import Testing

@Suite("The days of figures")
struct StatementDaysTests {
  private func moment(_ text: String) throws -> Date { try Date(text, strategy: .iso8601) }

  @Test("they begin at midnight in India, and the last one is today there")
  func days() throws {
    // Half past midnight on the 26th in India.
    let days = try #require(StatementDays(last: 2, upTo: try moment("2026-11-25T19:00:00Z")))
    let starts = [try moment("2026-11-24T18:30:00Z"), try moment("2026-11-25T18:30:00Z")]
    let end = try moment("2026-11-26T18:30:00Z")
    #expect(days.starts == starts && days.end == end)
    #expect(days.starts.map { CalendarDate(inIndiaAt: $0).description } == ["2026-11-25", "2026-11-26"])
    #expect(days.place(of: days.end) == nil && days.place(of: days.end - 1) == 1)
    #expect(days.place(of: days.starts[0]) == 0 && days.place(of: days.starts[0] - 1) == nil)
  }

  @Test("there is at least one, and at most about three months")
  func bounds() {
    let now = Date(timeIntervalSince1970: 1_795_500_000)
    for count in [Int.min, -1, 0, 93, Int.max] { #expect(StatementDays(last: count, upTo: now) == nil) }
    for count in [1, 30, 92] { #expect(StatementDays(last: count, upTo: now)?.starts.count == count) }
  }
}
