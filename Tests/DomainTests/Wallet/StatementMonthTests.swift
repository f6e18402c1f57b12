import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("The month of a statement")
struct StatementMonthTests {
  private func moment(_ text: String) throws -> Date { try Date(text, strategy: .iso8601) }

  @Test(
    "a month begins and ends at midnight in India",
    arguments: [
      ("2026-11", "2026-10-31T18:30:00Z", "2026-11-30T18:30:00Z"),
      ("2026-12", "2026-11-30T18:30:00Z", "2026-12-31T18:30:00Z"),
      ("2027-01", "2026-12-31T18:30:00Z", "2027-01-31T18:30:00Z"),
      ("2024-02", "2024-01-31T18:30:00Z", "2024-02-29T18:30:00Z"),
      ("2100-02", "2100-01-31T18:30:00Z", "2100-02-28T18:30:00Z"),
      ("1970-01", "1969-12-31T18:30:00Z", "1970-01-31T18:30:00Z"),
    ])
  func borders(text: String, start: String, end: String) throws {
    let month = try #require(StatementMonth(text))
    let (first, last) = (try moment(start), try moment(end))
    #expect(month.start == first && month.end == last)
    #expect(month.description == text)
  }

  @Test("each moment is in one month, which begins where the one before ends")
  func partition() throws {
    var random = Seeded(61)
    for _ in 0..<2_000 {
      let moment = Date(timeIntervalSince1970: .random(in: 0...7_000_000_000, using: &random))
      let month = StatementMonth(of: moment)
      #expect(month.start <= moment && moment < month.end)
      #expect(StatementMonth(of: month.start) == month)
      #expect(StatementMonth(of: month.end).start == month.end)
      #expect(StatementMonth(of: month.start - 1).end == month.start)
      #expect(StatementMonth(month.description) == month)
    }
  }

  @Test("a financial year is twelve of these months, from April on")
  func financialYear() throws {
    let (march, april) = (try #require(StatementMonth("2027-03")), try #require(StatementMonth("2027-04")))
    #expect(FinancialYear(of: march.end - 1).description == "2627")
    #expect(FinancialYear(of: april.start).description == "2728")
  }

  @Test(
    "another text is no month",
    arguments: [
      "", "2026", "2026-1", "2026-00", "2026-13", "2026-11-01", "26-11", "02026-11", "2026-11 ", " 2026-11", "2026/11",
      "2026-11\n", "-2026-11", "1969-12", "0000-01", "２０２６-11", "2026-1१", "2026–11", "november",
    ])
  func noMonth(text: String) {
    #expect(StatementMonth(text) == nil)
  }
}
